/** How long to wait before the next attempt at something that fails. */
export interface Backoff {
  /** Counts one more failure. @returns how long to wait now, in milliseconds. */
  next(): number;
  /** Failures in a row so far. */
  readonly failures: number;
  /** After a success: the next failure is the first again. */
  reset(): void;
}

export interface BackoffPlan {
  /** Milliseconds to wait after the first failure, the second and so on; the last one is for all that follow. */
  readonly delays: readonly number[];
  /**
   * The share of a delay, 0 to 1, by which it varies either way, so that those who failed together do not return as
   * one.
   */
  readonly jitter: number;
}

/** @param random gives a number from 0 to 1. */
export function createBackoff({ delays, jitter }: BackoffPlan, random: () => number = Math.random): Backoff {
  let failures = 0;
  return {
    next() {
      const delay = delays[Math.min(failures, delays.length - 1)] ?? 0;
      failures += 1;
      return delay * (1 + jitter * (2 * random() - 1));
    },
    get failures() {
      return failures;
    },
    reset() {
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
