/** Milliseconds by which the wall clock may get ahead between two looks, as a correction of the time does. */
const MOST_AHEAD = 5_000;

/**
 * Finds out, whenever the daemon looks, whether the machine has slept since the last look: it compares the wall clock with one that stands still while the machine is suspended. Both give milliseconds.
 * `performance.now()` is such a clock on Linux, where it reads CLOCK_MONOTONIC (seen in Bun 1.4.5; timers stand still
 * too). Not looked at on macOS: a clock that goes on in sleep would make every look `steady`.
 */
export function createClockWatch(wall: () => number = Date.now, steady = () => performance.now()) {
  let lag = wall() - steady();
  return {
    /** `slept` once for each sleep, and likewise where somebody set the clock forward. */
    look(): "steady" | "slept" {
      const before = lag;
      lag = wall() - steady();
      return lag - before > MOST_AHEAD ? "slept" : "steady";
    },
  };
}
