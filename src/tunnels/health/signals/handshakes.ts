import { leaveUnanswered } from "../remedy.ts";
import { type Cause, judgeBad, type Signal } from "../signal.ts";
import { HEALTH_LIMITS } from "../thresholds.ts";
import { judgeSendFailure } from "./sending.ts";

export const CHECK_PEER =
  "check that its far end runs, and that the address and the keys or the token in its config are right";

export const UNANSWERED: Cause = { action: CHECK_PEER, remedy: leaveUnanswered };

/** Handshakes without answer before WireGuard gives up, 100 s long. */
const ALL_HANDSHAKES = 20;

/** The peer does not answer handshakes. */
interface Unheard {
  readonly since: number;
  /** In a row; 0 where the first has only been sent, for want of other answers. */
  readonly handshakes: number;
  /** Why the last of them was not answered, where that is known. */
  readonly detail: string | undefined;
}

/** Whether the peer answers handshakes. One that could not even be sent is not the peer's fault. */
export function trackHandshakes(): Signal {
  let unheard: Unheard | undefined;
  /** Bytes that were sent without keys since the peer was heard last: all of them handshakes. */
  let asked = 0;

  return {
    note({ sign, at, detail }) {
      const current = unheard ?? { since: at, handshakes: 0, detail: undefined };
      const { handshakes } = current;
      if (sign === "unanswered" || sign === "lost") unheard = { ...current, handshakes: handshakes + 1, detail };
      else if (sign === "gave-up") unheard = { ...current, handshakes: Math.max(handshakes, ALL_HANDSHAKES) };
      else if (sign === "stopped-hearing") unheard = current;
    },
    hear() {
      unheard = undefined;
      asked = 0;
    },
    look({ now, movement, hasSession }) {
      if (movement === undefined || movement.received || hasSession !== false) return;
      asked += Math.max(0, movement.sentBytes);
      // Each handshake but the first is sent because the one before went unanswered.
      const handshakes = Math.floor(asked / HEALTH_LIMITS.initiationBytes) - 1;
      if (handshakes < 1 || handshakes <= (unheard?.handshakes ?? 0)) return;
      unheard = { since: unheard?.since ?? now, handshakes, detail: unheard?.detail };
    },
    doubtSince: () => unheard?.since,
    judge({ networkUp, sendFailure }) {
      if (unheard === undefined) return undefined;
      const { handshakes, detail } = unheard;
      const health = handshakes >= HEALTH_LIMITS.unansweredHandshakes ? "down" : "degraded";
      if (sendFailure !== undefined) return judgeSendFailure(health, networkUp, sendFailure);
      const why = detail === undefined ? "" : `: ${detail}`;
      return judgeBad(health, UNANSWERED, `the peer ${describeMissing(handshakes)}${why}`);
    },
  };
}

function describeMissing(handshakes: number): string {
  if (handshakes > 1) return `has not answered ${handshakes} handshakes`;
  return handshakes === 1 ? "has not answered a handshake" : "is not heard any more, and is asked again";
}
