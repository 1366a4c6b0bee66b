import { createBackoff, growingDelays } from "../../net/backoff.ts";

/** So many failures in a row, the first and the last no further apart than this, pause what fails. */
const FAILURES = 5;
const WITHIN_MS = 30_000;
const PAUSES = { delays: growingDelays(1_000, 2, 30_000), jitter: 0 };

export type BreakerState = "closed" | "open" | "probing";

/**
 * Lets no attempt through for a while after several have failed in a row, then a single one: whoever waits for a server
 * that is down is told so at once.
 * @param now a clock in milliseconds.
 */
export function createBreaker(now: () => number = performance.now.bind(performance)) {
  const pauses = createBackoff(PAUSES);
  let failedAt: number[] = [];
  /** When the next attempt is let through; undefined while all are. */
  let openUntil: number | undefined;
  let isProbing = false;

  return {
    get state(): BreakerState {
      if (openUntil === undefined) return "closed";
      return isProbing ? "probing" : "open";
    },
    /** Whether an attempt may be made; it has to be followed by one of the others. */
    admit(): boolean {
      if (openUntil === undefined) return true;
      if (isProbing || now() < openUntil) return false;
      isProbing = true;
      return true;
    },
    succeeded(): void {
      failedAt = [];
      openUntil = undefined;
      isProbing = false;
      pauses.reset();
    },
    failed(): void {
      const wasProbing = isProbing;
      isProbing = false;
      failedAt = [...failedAt, now()].slice(-FAILURES);
      const isRow = failedAt.length === FAILURES && now() - (failedAt[0] ?? 0) <= WITHIN_MS;
      if (wasProbing || (openUntil === undefined && isRow)) openUntil = now() + pauses.next();
    },
    /** Neither: who had asked for it has gone. */
    abandoned(): void {
      isProbing = false;
    },
  };
}
