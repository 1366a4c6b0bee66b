import type { Health } from "../life/tunnel-status.ts";

export type Cause =
  | "none"
  | "dead"
  | "not-accepting"
  | "send-failures"
  | "silent"
  | "unanswered"
  | "no-network"
  | "probe-failed";

export interface Judgement {
  readonly health: Health;
  /** One sentence, without a full stop. */
  readonly reason: string;
  /** What a person should do; null where there is nothing to do. */
  readonly action: string | null;
  readonly cause: Cause;
}

export function judgeGood(health: "healthy" | "idle", reason: string): Judgement {
  return { health, reason, action: null, cause: "none" };
}

/** @param detail the system's words of a failure to send, where that is the cause. */
export function judgeBad(
  health: "degraded" | "down",
  cause: Exclude<Cause, "none">,
  reason: string,
  detail = "",
): Judgement {
  return { health, reason, action: SEND_ACTIONS[detail] ?? ACTIONS[cause], cause };
}

const CHECK_PEER =
  "check that its far end runs, and that the address and the keys or the token in its config are right";
const CONNECT = "connect this machine to a network; the tunnel then carries again by itself";

const ACTIONS: { readonly [cause in Exclude<Cause, "none">]: string } = {
  dead: "start it again; the end of its log says why it ended",
  "not-accepting": "restart it if this lasts; its log says what it waits for",
  "send-failures": "check this machine's network connection and its firewall",
  silent: CHECK_PEER,
  unanswered: CHECK_PEER,
  "no-network": CONNECT,
  "probe-failed": "check the probe's target, and the far end's way to it",
};

/** Where the system's words say more than the cause does. */
const SEND_ACTIONS: { readonly [detail: string]: string } = {
  "operation not permitted": "let wireproxy send UDP through this machine's firewall",
  "no buffer space available": "lessen the load on this machine's network",
};
