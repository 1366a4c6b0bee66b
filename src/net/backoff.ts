interface BackoffPlan {
  /** Milliseconds to wait after the first failure, the second and so on; the last one is for all that follow. */
  readonly delays: readonly number[];
  /**
   * The share of a delay, 0 to 1, by which it varies either way, so that those who failed together do not return as
   * one.
   */
  readonly jitter: number;
}

/**
 * How long to wait before the next attempt at something that fails.
 * @param random gives a number from 0 to 1.
 */
export function createBackoff({ delays, jitter }: BackoffPlan, random: () => number = Math.random) {
  let failures = 0;
  return {
    /** Counts one more failure. @returns how long to wait now, in milliseconds. */
    next(): number {
      const delay = delays[Math.min(failures, delays.length - 1)] ?? 0;
      failures += 1;
      return delay * (1 + jitter * (2 * random() - 1));
    },
    /** Failures in a row so far. */
    get failures(): number {
      return failures;
    },
    /** After a success: the next failure is the first again. */
    reset(): void {
      failures = 0;
    },
  };
}

/** Delays in milliseconds from `first`, each `growth` times the one before it, up to `longest`. */
export function growingDelays(first: number, growth: number, longest: number): readonly number[] {
  const delays: number[] = [];
  for (let delay = first; delay < longest; delay *= growth) delays.push(delay);
  return [...delays, longest];
}
