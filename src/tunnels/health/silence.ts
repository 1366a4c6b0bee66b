import type { Counters } from "../driver/vitals.ts";
import type { HealthLimits } from "./thresholds.ts";

/** Bytes went out and none came back. */
export interface Silence {
  /** The look that first showed it, milliseconds of the caller's clock. */
  readonly since: number;
  /** Milliseconds that were watched. */
  readonly length: number;
  readonly looks: number;
}

/** What one look showed. */
export interface Movement {
  readonly received: boolean;
  readonly sent: boolean;
  /** More was sent than keep-alives explain. */
  readonly wanted: boolean;
}

export interface SilenceWatch {
  /** @param heard the peer gave a sign of life since the last look, as another source knows. */
  look(counters: Counters, heard: boolean, now: number): Movement;
  /** The peer gave a sign of life. */
  end(): void;
  readonly current: Silence | undefined;
}

/**
 * Tells a peer that does not answer from one that is not asked, by its counters alone. Once begun, a silence lasts until
 * the peer is heard, even if no more is sent: a living peer owes an answer.
 */
export function watchSilence(limits: HealthLimits): SilenceWatch {
  let before: { readonly sent: number; readonly received: number; readonly at: number } | undefined;
  let silence: Silence | undefined;

  return {
    look(counters, heard, now) {
      const { sent, received, at } = before ?? { ...firstMeasure(counters), at: now };
      const gap = now - at;
      before = { sent: counters.sent, received: counters.received, at: now };
      const movement = {
        received: counters.received > received,
        sent: counters.sent > sent,
        wanted: counters.sent - sent > keepAlivesWithin(gap, counters, limits),
      };
      const isAnotherProcess = counters.sent < sent || counters.received < received;
      if (heard || movement.received || isAnotherProcess) {
        silence = undefined;
      } else if (silence !== undefined) {
        const { since, length, looks } = silence;
        silence = { since, length: length + Math.min(gap, limits.silencePerLook), looks: looks + 1 };
      } else if (movement.wanted) {
        silence = { since: now, length: 0, looks: 1 };
      }
      return movement;
    },
    end() {
      silence = undefined;
    },
    get current() {
      return silence;
    },
  };
}

/**
 * What to compare the first look with. Where nothing was ever received, all that was sent is unanswered; otherwise the
 * process may have run for days before we came.
 */
function firstMeasure({ sent, received }: Counters): { readonly sent: number; readonly received: number } {
  return received === 0 ? { sent: 0, received: 0 } : { sent, received };
}

/**
 * The bytes of all keep-alives that may fall within `gap` milliseconds: for each peer one more than there are intervals.
 * A peer without them still gets one, WireGuard's own, 10 s after the last data from it.
 */
function keepAlivesWithin(gap: number, counters: Counters, limits: HealthLimits): number {
  const intervals = counters.keepAliveSeconds ?? [limits.keepAliveSeconds];
  const count = intervals.reduce((sum, seconds) => sum + 1 + (seconds > 0 ? Math.floor(gap / 1_000 / seconds) : 0), 0);
  return count * limits.keepAliveBytes;
}
