import { HEALTH_LIMITS } from "./thresholds.ts";

/** What is done by itself about a tunnel that is not well. */
export type Remedy = "wait" | "restart" | "failover";

export interface Trouble {
  readonly health: "degraded" | "down";
  /** Since when, in a row, it has not been well; milliseconds. */
  readonly lasting: number;
  /** Milliseconds since this machine's network last changed. */
  readonly sinceNetworkChange: number;
  /** Milliseconds since the peer's last handshake; null where it never completed one with this process. */
  readonly handshakeAge: number | null;
  /** This trouble has cost a restart already. */
  readonly restarted: boolean;
  /** Its peer's name stands for another address by now. */
  readonly moved: boolean;
  readonly hasFailover: boolean;
}

// Restarts are rare on purpose. Measured: when packets vanish, a tunnel that is left alone carries again 3 ms after the
// path returns, with its inner connections alive; a restarted one takes up to 5 s and has lost them all. When the link is
// down it comes back by itself as well.

/** A socket that still cannot send this long after the network came back is stuck. Milliseconds, as below. */
const STUCK_AFTER_MS = 3_000;
/** A peer that is silent for so long is left for the next of the failover list: two tries of a handshake and a half. */
const FAILOVER_AFTER_MS = 25_000;
/** A process that does not even answer its own health port for so long hangs. */
const HUNG_AFTER_MS = 30_000;

/** For what a restart cannot mend. */
export function waitForIt(): Remedy {
  return "wait";
}

/** For a process that does not accept. */
export function restartIfHung({ lasting }: Trouble): Remedy {
  return lasting >= HUNG_AFTER_MS ? "restart" : "wait";
}

/** For a socket that cannot send. */
export function restartIfStuck({ health, sinceNetworkChange, restarted }: Trouble): Remedy {
  return health === "down" && sinceNetworkChange >= STUCK_AFTER_MS && !restarted ? "restart" : "wait";
}

/** For a peer that is out of reach: it is left for another one. */
export function leaveUnreachable({ health, hasFailover, lasting }: Trouble): Remedy {
  return health === "down" && hasFailover && lasting >= FAILOVER_AFTER_MS ? "failover" : "wait";
}

/**
 * As `leaveUnreachable`, for one that answers no handshake. It is followed where it has moved to. The socket itself may be what nobody answers (a lost NAT
 * mapping): it gets one new one, once its keys are worth nothing.
 */
export function leaveUnanswered(trouble: Trouble): Remedy {
  if (trouble.moved && trouble.health === "down") return "restart";
  const remedy = leaveUnreachable(trouble);
  if (remedy !== "wait" || trouble.health !== "down" || trouble.restarted) return remedy;
  return trouble.handshakeAge !== null && trouble.handshakeAge > HEALTH_LIMITS.sessionLife ? "restart" : "wait";
}
