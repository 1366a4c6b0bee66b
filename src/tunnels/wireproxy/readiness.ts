import { type ListenAddress, watchListeners } from "../../platform/network/listeners.ts";
import { pause } from "../../platform/waiting.ts";

/**
 * How long to wait before the next look, by the age of the child in milliseconds. No system tells of another process's
 * listening, so we look: often while the usual child (8 ms from exec to accepting) is coming up, rarely later, when it
 * is a resolver that it waits for.
 */
const LOOKS: readonly { readonly until: number; readonly every: number }[] = [
  { until: 40, every: 1 },
  { until: 300, every: 5 },
  { until: 5_000, every: 25 },
  { until: Number.POSITIVE_INFINITY, every: 500 },
];

/**
 * Resolves with true once `pid` itself has every one of `wanted` open, with false when `signal` aborts first. With
 * all listeners open, no bind error can follow (docs/protocols/line.md, wireproxy).
 */
export async function waitUntilListening(
  pid: number,
  wanted: readonly ListenAddress[],
  signal: AbortSignal,
): Promise<boolean> {
  const start = performance.now();
  const isListening = watchListeners(pid, wanted);
  while (!signal.aborted) {
    // A look may fail for want of a descriptor; the next one counts then.
    if (await isListening().catch(() => false)) return !signal.aborted;
    const age = performance.now() - start;
    await pause(LOOKS.find((look) => age < look.until)?.every ?? 500, signal);
  }
  return false;
}
