import { pause } from "../../platform/waiting.ts";

/**
 * Measured: the far end drops a second handshake initiation that follows within about 20 ms, and the tunnel then stalls
 * for 5 s.
 */
const LEAST_DISTANCE_MS = 50;

/**
 * Keeps two starts with one private key apart, counted from the former start.
 * @returns a function that waits for a turn, or until `signal` aborts. `key` is a fingerprint, never the key itself.
 */
export function createStartSpacing(): (key: string, signal: AbortSignal) => Promise<void> {
  const nextStart = new Map<string, number>();

  return async (key, signal) => {
    for (;;) {
      const now = performance.now();
      for (const [other, time] of nextStart) if (time <= now) nextStart.delete(other);
      const turn = nextStart.get(key);
      if (turn === undefined || signal.aborted) {
        nextStart.set(key, now + LEAST_DISTANCE_MS);
        return;
      }
      // Checked again afterwards: another start may have taken this turn, or the pause have lasted longer.
      await pause(turn - now, signal);
    }
  };
}
