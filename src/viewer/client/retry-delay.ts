/** How long to wait before the next attempt. */
export interface RetryDelay {
  /** Milliseconds after one more failure. */
  next(): number;
  /** After a success that lasted: the next failure is the first again. */
  reset(): void;
}

const DELAYS_MS = [1_000, 2_000, 4_000, 8_000, 10_000] as const;
/** Clients that lost the same daemon spread out by so much of each delay, either way. */
const JITTER = 0.2;

/** 1, 2, 4, 8, then 10 seconds for ever, each up to a fifth shorter or longer; event-stream.md section 6. */
export function createRetryDelay(random: () => number): RetryDelay {
  let failures = 0;
  return {
    next() {
      const delay = DELAYS_MS[Math.min(failures, DELAYS_MS.length - 1)] ?? 0;
      failures += 1;
      return Math.round(delay * (1 + JITTER * (2 * random() - 1)));
    },
    reset() {
      failures = 0;
    },
  };
}
