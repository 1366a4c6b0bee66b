/** The wall clock may get ahead by so many milliseconds between two looks, as after a correction of the time. */
const MOST_AHEAD = 5_000;

/**
 * Finds out, at each look, whether the machine has slept since the look before. It compares the wall clock with one that
 * stands still while the machine is suspended; both give milliseconds. `performance.now()` is such a clock on Linux, where
 * it reads CLOCK_MONOTONIC (measured with Bun 1.4.5). It was not measured on macOS: a clock that goes on while the machine
 * sleeps would make every look `steady`.
 */
export function createClockWatch(wall: () => number = Date.now, steady = () => performance.now()) {
  let lag = wall() - steady();
  return {
    /** `slept` once after each sleep, and after the clock was set forward. */
    look(): "steady" | "slept" {
      const before = lag;
      lag = wall() - steady();
      return lag - before > MOST_AHEAD ? "slept" : "steady";
    },
  };
}
