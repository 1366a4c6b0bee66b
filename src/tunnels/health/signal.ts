import type { SignEvent } from "../driver/vitals.ts";
import type { Movement } from "./movement.ts";
import type { Remedy, Trouble } from "./remedy.ts";

/** How a tunnel fares, in the words of a user. `idle`: nothing can be said, for nothing was carried. */
export type Health = "healthy" | "degraded" | "down" | "idle";

/** Why a tunnel is not well. */
export interface Cause {
  /** What a person should do. */
  readonly action: string;
  /** What is done by itself. */
  readonly remedy: (trouble: Trouble) => Remedy;
}

export type Verdict = GoodVerdict | BadVerdict;

interface GoodVerdict {
  readonly health: "healthy" | "idle";
  /** One sentence, without a full stop. */
  readonly reason: string;
  readonly action: null;
  readonly cause: null;
}

export interface BadVerdict {
  readonly health: "degraded" | "down";
  readonly reason: string;
  /** What a person should do. */
  readonly action: string;
  readonly cause: Cause;
}

/** What is known about a tunnel besides its vitals. */
export interface Facts {
  readonly alive: boolean;
  readonly accepting: boolean;
  /** Whether this machine has a route to a peer at `ip:port`; asked only in doubt. */
  readonly hasRoute: (endpoint: string | null) => boolean;
  /** How a probe ended since the last verdict: each result is handed over once. */
  readonly probe: "ok" | "failed" | null;
}

/** What a signal has to judge by, besides what it has gathered. */
export interface Circumstances extends Omit<Facts, "hasRoute" | "probe"> {
  readonly networkUp: boolean;
  /** Why this machine itself failed to send a moment ago, in the system's words: then the peer is not to blame. */
  readonly sendFailure: string | undefined;
  readonly now: number;
}

/** One look at a tunnel. */
export interface Look {
  readonly now: number;
  /** The peer gave a sign of life since the last look. */
  readonly heard: boolean;
  /** What the counters show; undefined where they could not be read. */
  readonly movement: Movement | undefined;
  /** Whether there are keys with the peer, so that data can be sent; undefined where that is not known. */
  readonly hasSession: boolean | undefined;
}

/**
 * One way in which a tunnel shows that it is not well, gathered over one run. What a signal has no use for it leaves out.
 * Times are milliseconds of a clock that only moves forward.
 */
export interface Signal {
  /** One event, in the order in which they came. */
  note?(event: SignEvent): void;
  /** The peer gave a sign of life of any kind. */
  hear?(): void;
  look?(look: Look): void;
  probed?(result: "ok" | "failed"): void;
  /** When the trouble, or what may become one, began; undefined while there is none. */
  doubtSince?(): number | undefined;
  /** Why this machine failed to send a moment ago. */
  sendFailure?(): string | undefined;
  judge(circumstances: Circumstances): BadVerdict | undefined;
}

export function judgeBad(
  health: BadVerdict["health"],
  cause: Cause,
  reason: string,
  action = cause.action,
): BadVerdict {
  return { health, reason, action, cause };
}

export function judgeGood(health: GoodVerdict["health"], reason: string): GoodVerdict {
  return { health, reason, action: null, cause: null };
}

/** `12 s`, rounded. */
export function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1_000)} s`;
}
