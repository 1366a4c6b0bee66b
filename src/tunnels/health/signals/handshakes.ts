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

  return {
    note({ sign, at, detail }) {
      const current = unheard ?? { since: at, handshakes: 0, detail: undefined };
      const { handshakes } = current;
      if (sign === "unanswered") unheard = { ...current, handshakes: handshakes + 1, detail };
      else if (sign === "gave-up") unheard = { ...current, handshakes: Math.max(handshakes, ALL_HANDSHAKES) };
      else if (sign === "stopped-hearing") unheard = current;
    },
    hear() {
      unheard = undefined;
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
