import type { Counters } from "../driver/vitals.ts";
import { HEALTH_LIMITS } from "./thresholds.ts";

/** What the counters of one look show, compared with the look before. */
export type Movement = Readonly<ReturnType<ReturnType<typeof measureMovement>>>;

/** @returns a function that takes the counters of each look, and its time. */
export function measureMovement() {
  let before: { readonly sent: number; readonly received: number; readonly at: number } | undefined;

  return (counters: Counters, now: number) => {
    const { sent, received, at } = before ?? { ...firstMeasure(counters), at: now };
    const gap = now - at;
    before = { sent: counters.sent, received: counters.received, at: now };
    return {
      received: counters.received > received,
      sent: counters.sent > sent,
      /** Bytes since the look before; below 0 where the counters begin anew. */
      sentBytes: counters.sent - sent,
      receivedBytes: counters.received - received,
      /** More was sent than keep-alives explain. */
      wanted: counters.sent - sent > keepAlivesWithin(gap, counters),
      /** The counters hold WireGuard's own messages as well. */
      withOverhead: counters.keepAliveSeconds?.length !== 0,
      /** The counters begin anew. */
      isAnotherProcess: counters.sent < sent || counters.received < received,
      /** Milliseconds since the look before; 0 at the first. */
      gap,
    };
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
function keepAlivesWithin(gap: number, counters: Counters): number {
  const intervals = counters.keepAliveSeconds ?? [HEALTH_LIMITS.keepAliveSeconds];
  const count = intervals.reduce((sum, seconds) => sum + 1 + (seconds > 0 ? Math.floor(gap / 1_000 / seconds) : 0), 0);
  return count * HEALTH_LIMITS.keepAliveBytes;
}
