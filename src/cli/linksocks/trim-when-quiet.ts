import { startIdleTrim } from "../../platform/memory/memory-trim.ts";

/** Shorter than the trim's first pass, or that would come in the middle of traffic. */
const LOOK_MS = 2_500;

/**
 * Gives memory back each time that a role has come to rest.
 * @param activity a number that changes with whatever it does.
 */
export function trimWhenQuiet(activity: () => number): { stop(): void } {
  const trim = startIdleTrim();
  let last = activity();
  const timer = setInterval(() => {
    const current = activity();
    if (current !== last) trim.touch();
    last = current;
  }, LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      trim.stop();
    },
  };
}
