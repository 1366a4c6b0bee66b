import type { HealthLimits } from "./thresholds.ts";

export interface SendFailure {
  /** Milliseconds of a clock that only moves forward. */
  readonly at: number;
  /** The system's words. */
  readonly detail: string;
}

/** This machine fails to send. */
export interface SendTrouble {
  readonly since: number;
  readonly lastAt: number;
  readonly detail: string;
}

export interface SendFailures {
  add(at: number, detail: string): void;
  /** What failed up to here is over. */
  forget(): void;
  /** Closes a look. @param works something was sent since the last one, or received. */
  settle(now: number, works: boolean): void;
  /** Those within the window, oldest first. */
  readonly recent: readonly SendFailure[];
  /** Begun with enough failures in the window; it lasts until something shows that sending works. */
  readonly trouble: SendTrouble | undefined;
}

/**
 * Counts failed sends in a sliding window. A retry comes later each time (1, 2, 4, 8 s …), so that the window alone would
 * call a dead network mended as soon as fewer failures fall into it.
 */
export function countSendFailures(limits: HealthLimits): SendFailures {
  let recent: SendFailure[] = [];
  let addedNow = false;
  let trouble: SendTrouble | undefined;

  return {
    add(at, detail) {
      recent.push({ at, detail });
      addedNow = true;
      if (trouble !== undefined) trouble = { ...trouble, lastAt: at, detail };
    },
    forget,
    settle(now, works) {
      recent = recent.filter(({ at }) => at > now - limits.sendFailureWindow);
      const [first, last] = [recent[0], recent.at(-1)];
      if (works && !addedNow) forget();
      // Where both fell into one look nobody knows which came last; the next failure will tell.
      else if (
        !works &&
        addedNow &&
        first !== undefined &&
        last !== undefined &&
        recent.length >= limits.sendFailures
      ) {
        trouble ??= { since: first.at, lastAt: last.at, detail: last.detail };
      }
      addedNow = false;
    },
    get recent() {
      return recent;
    },
    get trouble() {
      return trouble;
    },
  };

  function forget(): void {
    recent = [];
    trouble = undefined;
  }
}
