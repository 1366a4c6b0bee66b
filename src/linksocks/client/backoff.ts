/** How long to wait before the next attempt. */
export interface Backoff {
  /** The delay after one more failure, in milliseconds. */
  next(): number;
  /** After a success: the next failure is the first again. */
  reset(): void;
}

const GROWTH = 1.5;
/** Clients that lost the same server spread out by so much of each delay, so that they do not return as one. */
const SPREAD = 0.1;

/**
 * Delays that grow by half with every failure; reference page linksocks.md section 3.9. The first is exact,
 * the others are up to a tenth longer.
 * @param firstMs the first delay. @param longestMs no delay exceeds it. @param random gives 0 to 1.
 */
export function createBackoff(firstMs: number, longestMs: number, random: () => number = Math.random): Backoff {
  let failures = 0;
  return {
    next() {
      const nominal = firstMs * GROWTH ** failures;
      const delay = failures === 0 ? nominal : nominal * (1 + SPREAD * random());
      failures++;
      return Math.min(delay, longestMs);
    },
    reset() {
      failures = 0;
    },
  };
}
