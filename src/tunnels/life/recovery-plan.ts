/** When to try again after a death, and when to stop trying. */
export const RECOVERY_LIMITS = {
  /**
   * Milliseconds to wait before each further try in a row; the first comes at once (the driver keeps two starts with one
   * key 50 ms apart). A feed that stands still costs money, a program that dies at once costs little.
   */
  delays: [0, 1_000, 2_000, 5_000, 10_000, 30_000],
  /** Share of a delay by which it varies, so that several tunnels that fell together do not rise together. */
  jitter: 0.2,
  /** A life that carried nothing counts as one more in the row unless it lasted so long, in milliseconds. */
  longLife: 60_000,
  /** Deaths of processes that did carry something, within `busyWindow` milliseconds, after which a second is waited. */
  busyDeaths: 60,
  busyWindow: 60_000,
} as const;

/** How a process ended, as far as it matters for the next one. */
export interface Death {
  /** Milliseconds from its start to its end. */
  readonly lived: number;
  /** It was of use: its peer had answered. Such a one was ended from outside, and the next will be of use too. */
  readonly proven: boolean;
}

export type NextTry =
  | { readonly again: true; readonly delay: number }
  | { readonly again: false; readonly deaths: number };

/** Keeps the tally of deaths of one tunnel. */
export interface RecoveryPlan {
  /** What to do after a death, or after a start that failed. */
  after(death: Death, now: number): NextTry;
  /** A person or a client asked for the tunnel anew: the row is forgotten. */
  reset(): void;
}

/**
 * @param random gives a number from 0 to 1.
 * Times are milliseconds of a clock that only moves forward.
 */
export function createRecoveryPlan(random: () => number = Math.random, limits = RECOVERY_LIMITS): RecoveryPlan {
  let row = 0;
  let busy: number[] = [];

  return {
    after({ lived, proven }, now) {
      if (proven) {
        row = 0;
        busy = [...busy.filter((time) => time > now - limits.busyWindow), now];
        return { again: true, delay: busy.length > limits.busyDeaths ? varied(1_000) : 0 };
      }
      if (lived >= limits.longLife) row = 0;
      const delay = limits.delays[row];
      row += 1;
      return delay === undefined ? { again: false, deaths: row } : { again: true, delay: varied(delay) };
    },
    reset() {
      row = 0;
    },
  };

  function varied(delay: number): number {
    return delay * (1 + limits.jitter * (2 * random() - 1));
  }
}
