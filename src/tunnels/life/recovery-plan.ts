import { createBackoff } from "../../net/backoff.ts";

/** When to try again after a death, and when to stop trying. */
const RECOVERY_LIMITS = {
  /**
   * Milliseconds to wait before each further try in a row; the first comes at once (the driver keeps two starts with one
   * key 50 ms apart). A feed that stands still costs money, a program that dies at once costs little.
   */
  delays: [0, 1_000, 2_000, 5_000, 10_000, 30_000],
  /** Share of a delay by which it varies, so that several tunnels that fell together do not rise together. */
  jitter: 0.2,
  /** A life that carried nothing counts as one more in the row unless it lasted so long, in milliseconds. */
  longLife: 60_000,
  /** Deaths of processes that did carry something, within `busyWindow` milliseconds, after which `busyDelay` is waited. */
  busyDeaths: 60,
  busyWindow: 60_000,
  busyDelay: 1_000,
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

export type RecoveryPlan = ReturnType<typeof createRecoveryPlan>;

/**
 * Keeps the tally of deaths of one tunnel. Times are milliseconds of a clock that only moves forward.
 * @param random gives a number from 0 to 1.
 */
export function createRecoveryPlan(random: () => number = Math.random) {
  const { delays, jitter } = RECOVERY_LIMITS;
  const row = createBackoff({ delays, jitter }, random);
  const busyPause = createBackoff({ delays: [RECOVERY_LIMITS.busyDelay], jitter }, random);
  let busy: number[] = [];

  return {
    /** What to do after a death, or after a start that failed. */
    after({ lived, proven }: Death, now: number): NextTry {
      if (proven) {
        row.reset();
        busy = [...busy.filter((time) => time > now - RECOVERY_LIMITS.busyWindow), now];
        return { again: true, delay: busy.length > RECOVERY_LIMITS.busyDeaths ? busyPause.next() : 0 };
      }
      if (lived >= RECOVERY_LIMITS.longLife) row.reset();
      const delay = row.next();
      return row.failures > delays.length ? { again: false, deaths: row.failures } : { again: true, delay };
    },
    /** A person or a client asked for the tunnel anew: the row is forgotten. */
    reset: row.reset,
  };
}
