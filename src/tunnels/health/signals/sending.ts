import { restartIfStuck, waitForIt } from "../remedy.ts";
import { type BadVerdict, type Cause, judgeBad, type Signal, seconds } from "../signal.ts";
import { HEALTH_LIMITS } from "../thresholds.ts";

export const SEND_FAILURES: Cause = {
  action: "check this machine's network connection and its firewall",
  remedy: restartIfStuck,
};
export const NO_NETWORK: Cause = {
  action: "connect this machine to a network; the tunnel then carries again by itself",
  remedy: waitForIt,
};

/** What to do where the system's words say more than the cause does. */
const ACTIONS: { readonly [detail: string]: string } = {
  "operation not permitted": "let wireproxy send UDP through this machine's firewall",
  "no buffer space available": "lessen the load on this machine's network",
};

interface SendFailure {
  readonly at: number;
  /** The system's words. */
  readonly detail: string;
}

/** Begun with enough failures in the window; it lasts until something shows that sending works. */
interface SendTrouble {
  readonly since: number;
  readonly lastAt: number;
  readonly detail: string;
}

/**
 * Whether this machine can send at all, by the failed sends in a sliding window. A retry comes later each time (1, 2, 4,
 * 8 s …), so that the window alone would call a dead network mended as soon as fewer failures fall into it.
 */
export function trackSending(): Signal {
  let recent: SendFailure[] = [];
  let addedNow = false;
  let trouble: SendTrouble | undefined;

  return {
    note({ sign, at, detail = "unknown reason" }) {
      if (sign === "answered" || sign === "heard") forget();
      if (sign !== "send-failed") return;
      recent.push({ at, detail });
      addedNow = true;
      if (trouble !== undefined) trouble = { ...trouble, lastAt: at, detail };
    },
    look({ now, movement }) {
      recent = recent.filter(({ at }) => at > now - HEALTH_LIMITS.sendFailureWindow);
      const works = movement !== undefined && (movement.received || movement.sent);
      // Where one look saw both a failure and a success, the next failure decides.
      if (works && !addedNow) forget();
      else if (!works && addedNow) trouble ??= findTrouble();
      addedNow = false;
    },
    doubtSince: () => trouble?.since ?? recent[0]?.at,
    sendFailure: () => recent.at(-1)?.detail,
    // Where nobody has tried again for a while, the state of the network decides.
    judge({ networkUp, now }) {
      if (trouble === undefined) return undefined;
      const quiet = now - trouble.lastAt;
      if (!networkUp || quiet < HEALTH_LIMITS.sendFailureWindow)
        return judgeSendFailure("down", networkUp, trouble.detail);
      if (quiet > HEALTH_LIMITS.freshness) return undefined;
      const reason = `this machine could not send to the peer, ${seconds(quiet)} ago: ${trouble.detail}`;
      return judgeBad("degraded", SEND_FAILURES, reason, ACTIONS[trouble.detail]);
    },
  };

  function findTrouble(): SendTrouble | undefined {
    const [first, last] = [recent[0], recent.at(-1)];
    if (first === undefined || last === undefined || recent.length < HEALTH_LIMITS.sendFailures) return undefined;
    return { since: first.at, lastAt: last.at, detail: last.detail };
  }

  function forget(): void {
    recent = [];
    trouble = undefined;
  }
}

/** @param detail the system's words. */
export function judgeSendFailure(health: BadVerdict["health"], networkUp: boolean, detail: string): BadVerdict {
  return networkUp
    ? judgeBad(health, SEND_FAILURES, `this machine cannot send to the peer: ${detail}`, ACTIONS[detail])
    : judgeBad(health, NO_NETWORK, `this machine has no network: ${detail}`);
}
