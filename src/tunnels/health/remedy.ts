import type { Verdict } from "./weigh.ts";

/** What is done about a tunnel whose peer cannot be reached. */
export type Remedy = "wait" | "restart" | "failover";

export const REMEDY_LIMITS = {
  /** A socket that still cannot send this long after the network came back is stuck. Milliseconds. */
  stuckAfter: 3_000,
  /** Keys older than this carry nothing (WireGuard's Reject-After-Time): only then does a restart lose nothing. */
  sessionLife: 180_000,
  /** A peer that is silent for so long is left for the next of the failover list: two tries of a handshake and a half. */
  failoverAfter: 25_000,
  /** A process that does not even answer its own health port for so long hangs. */
  hungAfter: 30_000,
} as const;

export interface Trouble {
  readonly verdict: Verdict;
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

/**
 * Restarts are rare on purpose. What was measured (reference page wireproxy-daemon.md section 16.2): when packets vanish,
 * a tunnel that is left alone carries again 3 ms after the path returns, with its inner connections alive; a restarted
 * one takes up to 5 s and has lost them all. When the link is down it comes back by itself as well.
 */
export function chooseRemedy(trouble: Trouble): Remedy {
  const { verdict, lasting } = trouble;
  switch (verdict.cause) {
    case "none":
    case "dead":
    case "no-network":
      return "wait";
    case "send-failures":
      return isStuck(trouble) ? "restart" : "wait";
    case "not-accepting":
      return lasting >= REMEDY_LIMITS.hungAfter ? "restart" : "wait";
    case "silent":
    case "unanswered":
    case "probe-failed":
      return decideUnreachable(trouble);
  }
}

function isStuck({ verdict, sinceNetworkChange, restarted }: Trouble): boolean {
  return verdict.health === "down" && sinceNetworkChange >= REMEDY_LIMITS.stuckAfter && !restarted;
}

function decideUnreachable(trouble: Trouble): Remedy {
  if (trouble.moved) return "restart";
  if (trouble.verdict.health !== "down") return "wait";
  if (trouble.hasFailover && trouble.lasting >= REMEDY_LIMITS.failoverAfter) return "failover";
  // The socket itself may be what nobody answers (a lost NAT mapping): one new one, once its keys are worth nothing.
  const age = trouble.handshakeAge;
  const nothingToLose = age !== null && age > REMEDY_LIMITS.sessionLife;
  return trouble.verdict.cause === "unanswered" && nothingToLose && !trouble.restarted ? "restart" : "wait";
}
