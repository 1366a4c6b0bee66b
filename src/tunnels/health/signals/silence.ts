import { leaveUnreachable } from "../remedy.ts";
import { type Cause, judgeBad, type Signal, seconds } from "../signal.ts";
import { HEALTH_LIMITS } from "../thresholds.ts";
import { CHECK_PEER } from "./handshakes.ts";

export const SILENT: Cause = { action: CHECK_PEER, remedy: leaveUnreachable };

/** Bytes went out and none came back. */
interface Silence {
  /** The look that first showed it. */
  readonly since: number;
  /** Milliseconds that were watched. */
  readonly length: number;
  readonly looks: number;
}

/**
 * Tells a peer that does not answer from one that is not asked, by its counters alone. Once begun, a silence lasts until
 * the peer is heard, even if no more is sent: a living peer owes an answer.
 */
export function trackSilence(): Signal {
  let silence: Silence | undefined;

  return {
    hear() {
      silence = undefined;
    },
    look({ now, heard, movement }) {
      if (movement === undefined) return;
      if (heard || movement.received || movement.isAnotherProcess) {
        silence = undefined;
      } else if (silence !== undefined) {
        const { since, length, looks } = silence;
        silence = { since, length: length + Math.min(movement.gap, HEALTH_LIMITS.silencePerLook), looks: looks + 1 };
      } else if (movement.wanted) {
        silence = { since: now, length: 0, looks: 1 };
      }
    },
    doubtSince: () => silence?.since,
    judge() {
      if (silence === undefined || silence.looks < HEALTH_LIMITS.silentLooks || silence.length < HEALTH_LIMITS.silence)
        return undefined;
      const sent = "data was sent and nothing has come back";
      if (silence.length < HEALTH_LIMITS.certainSilence) return judgeBad("degraded", SILENT, `${sent} yet`);
      const reason = `${sent} for ${seconds(silence.length)}, when a living peer would have answered`;
      return judgeBad(silence.length < HEALTH_LIMITS.deadSilence ? "degraded" : "down", SILENT, reason);
    },
  };
}
