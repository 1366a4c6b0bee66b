import { waitForIt } from "../remedy.ts";
import { type Cause, judgeBad, type Signal } from "../signal.ts";
import { HEALTH_LIMITS } from "../thresholds.ts";

export const NO_ANSWERS: Cause = {
  action: "check Address in its config, try MTU = 1280 there, and see whether what you ask for answers",
  remedy: waitForIt,
};

/** Data went out, and what came back was WireGuard's own. */
interface Unanswered {
  readonly since: number;
  readonly lastSent: number;
  readonly bytes: number;
}

/**
 * Tells a tunnel that only answers for itself: the far end does not know its address, or large packets are lost on the
 * way. Keys and keep-alives are exchanged all the same.
 */
export function trackAnswers(): Signal {
  let unanswered: Unanswered | undefined;

  return {
    look({ now, movement }) {
      if (movement?.withOverhead !== true) return;
      const { receivedBytes, sentBytes, wanted, gap, isAnotherProcess } = movement;
      if (isAnotherProcess || !isHousekeeping(receivedBytes, gap)) {
        unanswered = undefined;
      } else if (wanted && sentBytes >= LEAST_DATA && sentBytes % HANDSHAKE !== 0) {
        const { since, bytes } = unanswered ?? { since: now, bytes: 0 };
        unanswered = { since, bytes: bytes + sentBytes, lastSent: now };
      } else if (unanswered !== undefined && now - unanswered.lastSent > HEALTH_LIMITS.forgetUnanswered) {
        unanswered = undefined;
      }
    },
    judge() {
      if (unanswered === undefined) return undefined;
      const { since, lastSent, bytes } = unanswered;
      if (lastSent - since < HEALTH_LIMITS.unansweredData || bytes < HEALTH_LIMITS.unansweredBytes) return undefined;
      return judgeBad("degraded", NO_ANSWERS, "data goes out, and only keep-alives and handshakes come back");
    },
  };
}

/** Bytes of WireGuard's own messages: initiation, response, keep-alive; and the least that data takes. */
const HANDSHAKE = 148;
const RESPONSE = 92;
const KEEP_ALIVE = 32;
const LEAST_DATA = 64;
/** Milliseconds between two keep-alives, and between two handshakes, of a busy peer. */
const KEEP_ALIVE_EVERY = 5_000;
const HANDSHAKE_EVERY = 5_000;

/** Whether what came within `gap` milliseconds can be handshakes and keep-alives alone. */
function isHousekeeping(received: number, gap: number): boolean {
  const mostKeepAlives = 1 + Math.floor(gap / KEEP_ALIVE_EVERY);
  const mostHandshakes = 1 + Math.floor(gap / HANDSHAKE_EVERY);
  for (let handshakes = 0; handshakes <= mostHandshakes; handshakes += 1) {
    for (const bytes of [RESPONSE, HANDSHAKE]) {
      const rest = received - handshakes * bytes;
      if (rest >= 0 && rest % KEEP_ALIVE === 0 && rest / KEEP_ALIVE <= mostKeepAlives) return true;
    }
  }
  return false;
}
