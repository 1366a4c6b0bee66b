import type { SendTrouble } from "./send-failures.ts";
import type { Silence } from "./silence.ts";
import type { HealthLimits } from "./thresholds.ts";
import { type Judgement, judgeBad, judgeGood } from "./verdict.ts";

/** What the signs and counters of a tunnel amount to. Times are milliseconds of a clock that only moves forward. */
export interface Evidence {
  readonly heardAt: number | null;
  readonly unheard: Unheard | undefined;
  readonly silence: Silence | undefined;
  readonly trouble: SendTrouble | undefined;
  /** The system's words, where a send has failed a moment ago. */
  readonly failure: string | undefined;
  readonly failedProbes: number;
}

/** The peer does not answer handshakes. */
export interface Unheard {
  readonly since: number;
  /** In a row; 0 where the first has only been sent, for want of other answers. */
  readonly handshakes: number;
  /** Why the last of them was not answered, where that is known. */
  readonly detail: string | undefined;
}

/** What is known about a tunnel besides its vitals. */
export interface Facts {
  readonly alive: boolean;
  readonly accepting: boolean;
  readonly networkUp: boolean;
  /** How a probe ended since the last verdict: each result is handed over once. */
  readonly probe: "ok" | "failed" | null;
}

/** Says how a tunnel fares. The worst counts; among equals what lies nearer, for it explains the rest. */
export function judge(evidence: Evidence, facts: Facts, limits: HealthLimits, now: number): Judgement {
  if (!facts.alive) return judgeBad("down", "dead", "its process has ended");
  if (!facts.accepting) return judgeBad("down", "not-accepting", "its SOCKS port does not accept");
  const found = [
    judgeSending(evidence, facts, limits, now),
    judgeHandshakes(evidence, facts, limits),
    judgeSilence(evidence, limits),
    judgeProbes(evidence, limits),
  ].filter((judgement) => judgement !== undefined);
  return found.find(({ health }) => health === "down") ?? found[0] ?? judgeTraffic(evidence, limits, now);
}

/** Nobody may have tried again for a while: then the network says whether it would fail again. */
function judgeSending({ trouble }: Evidence, { networkUp }: Facts, limits: HealthLimits, now: number) {
  if (trouble === undefined) return undefined;
  const quiet = now - trouble.lastAt;
  if (!networkUp || quiet < limits.sendFailureWindow) return judgeFailure("down", networkUp, trouble.detail);
  if (quiet > limits.freshness) return undefined;
  const reason = `this machine could not send to the peer, ${seconds(quiet)} ago: ${trouble.detail}`;
  return judgeBad("degraded", "send-failures", reason, trouble.detail);
}

/** A handshake that could not even be sent is not the peer's fault. */
function judgeHandshakes({ unheard, failure }: Evidence, { networkUp }: Facts, limits: HealthLimits) {
  if (unheard === undefined) return undefined;
  const { handshakes, detail } = unheard;
  const why = detail === undefined ? "" : `: ${detail}`;
  const health = handshakes >= limits.unansweredHandshakes ? "down" : "degraded";
  if (failure !== undefined) return judgeFailure(health, networkUp, failure);
  if (handshakes > 1) return judgeBad(health, "unanswered", `the peer has not answered ${handshakes} handshakes${why}`);
  const reason = handshakes === 1 ? "has not answered a handshake" : "is not heard any more, and is asked again";
  return judgeBad(health, "unanswered", `the peer ${reason}${why}`);
}

function judgeFailure(health: "degraded" | "down", networkUp: boolean, detail: string): Judgement {
  return networkUp
    ? judgeBad(health, "send-failures", `this machine cannot send to the peer: ${detail}`, detail)
    : judgeBad(health, "no-network", `this machine has no network: ${detail}`);
}

function judgeSilence({ silence }: Evidence, limits: HealthLimits): Judgement | undefined {
  if (silence === undefined || silence.looks < limits.silentLooks || silence.length < limits.silence) return undefined;
  const sent = "data was sent and nothing has come back";
  if (silence.length < limits.certainSilence) return judgeBad("degraded", "silent", `${sent} yet`);
  const reason = `${sent} for ${seconds(silence.length)}, when a living peer would have answered`;
  return judgeBad(silence.length < limits.deadSilence ? "degraded" : "down", "silent", reason);
}

function judgeProbes({ failedProbes }: Evidence, limits: HealthLimits): Judgement | undefined {
  if (failedProbes === 0) return undefined;
  const times = failedProbes === 1 ? "failed" : `failed ${failedProbes} times in a row`;
  return judgeBad(
    failedProbes < limits.failedProbes ? "degraded" : "down",
    "probe-failed",
    `the probe through it ${times}`,
  );
}

/** A tunnel without traffic is silent by design: nothing can be said of it, and nothing is wrong. */
function judgeTraffic({ heardAt }: Evidence, limits: HealthLimits, now: number): Judgement {
  if (heardAt === null) return judgeGood("idle", "no traffic yet");
  if (now - heardAt <= limits.freshness) return judgeGood("healthy", "its peer answers");
  return judgeGood("idle", `no traffic in the last ${seconds(limits.freshness)}`);
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1_000)} s`;
}
