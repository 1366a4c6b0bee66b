import { startIdleTrim } from "../../platform/memory-trim.ts";

/** Shorter than the trim's first pass, or that would come in the middle of traffic. */
const LOOK_MS = 2_500;

/**
 * Gives memory back each time that traffic has come to rest.
 * @param carriedBytes how many bytes were carried so far.
 */
export function trimWhenQuiet(carriedBytes: () => number): { stop(): void } {
  const trim = startIdleTrim();
  let last = carriedBytes();
  const timer = setInterval(() => {
    const carried = carriedBytes();
    if (carried !== last) trim.touch();
    last = carried;
  }, LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      trim.stop();
    },
  };
}
