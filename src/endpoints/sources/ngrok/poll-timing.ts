import { ApiError } from "./api-error.ts";
import { isResting } from "./rest-time.ts";

const LONGEST_BACKOFF_MS = 300_000;
const AFTER_REFUSED_KEY_MS = 300_000;
const AFTER_REFUSAL_MS = 600_000;
const AFTER_RATE_LIMIT_MS = 60_000;
/** So that daemons that began together do not ask together. */
const JITTER = 0.1;

/**
 * When ngrok is to be asked next, docs/protocols/endpoints.md#answers.
 * @param now in milliseconds. @param random gives a number from 0 to 1.
 */
export function createPollTiming(now: () => number, random: () => number = Math.random) {
  let failures = 0;
  let rateLimits = 0;
  let held: { readonly since: number; readonly milliseconds: number } | undefined;
  let next: (pollMs: number) => number = (pollMs) => jitter(pollMs);

  return {
    /** Milliseconds until then. */
    restMs: (pollMs: number): number => next(pollMs),
    /** Whether ngrok wants to be left alone, whoever asks. */
    isHeld: (): boolean => held !== undefined && isResting(held.since, held.milliseconds, now()),
    succeeded(): void {
      failures = 0;
      rateLimits = 0;
      next = jitter;
    },
    failed(error: unknown): void {
      failures += 1;
      const fault = error instanceof ApiError ? error.fault : "unavailable";
      if (fault === "unauthorized") next = () => AFTER_REFUSED_KEY_MS;
      else if (fault === "refused") next = () => AFTER_REFUSAL_MS;
      else if (error instanceof ApiError && fault === "rate-limited") {
        rateLimits += 1;
        const asked = error.retryAfterMs ?? AFTER_RATE_LIMIT_MS;
        held = { since: now(), milliseconds: asked };
        const slower = 2 ** rateLimits;
        next = (pollMs) => Math.max(asked, Math.min(pollMs * slower, LONGEST_BACKOFF_MS));
      } else {
        const slower = 2 ** Math.min(failures, 20);
        next = (pollMs) => Math.min(jitter(pollMs * slower), LONGEST_BACKOFF_MS);
      }
    },
    /** After a change of settings: what was refused may be right now. */
    reset(): void {
      failures = 0;
      rateLimits = 0;
      held = undefined;
    },
  };

  function jitter(milliseconds: number): number {
    return milliseconds * (1 + JITTER * (2 * random() - 1));
  }
}
