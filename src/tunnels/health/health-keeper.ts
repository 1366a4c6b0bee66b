import { settlesWithin } from "../../platform/waiting.ts";
import type { Ending, RunningTunnel } from "../driver/driver.ts";
import type { Counters } from "../driver/vitals.ts";
import type { FailoverOrder } from "../life/failover-order.ts";
import type { TunnelState } from "../life/state-machine.ts";
import type { TunnelParts } from "../life/tunnel-parts.ts";
import type { Health, Traffic, TunnelHealth } from "../life/tunnel-status.ts";
import { chooseRemedy } from "./remedy.ts";
import { createWeigher, type Verdict } from "./weigh.ts";

export interface HealthKeeperParts extends TunnelParts {
  readonly name: string;
  readonly describeState: () => { readonly state: TunnelState; readonly since: number; readonly reason: string };
  readonly failoverOrder: FailoverOrder;
  readonly onRestart: (why: string, ending: Ending) => void;
}

/** Looks at a tunnel's process as often as its state asks for, tells how it fares, and has it restarted where that helps. */
export interface HealthKeeper {
  health(): TunnelHealth;
  traffic(): Traffic | null;
  /** From now on it is this process that is looked at. */
  follow(running: RunningTunnel): void;
  /** There is no process any more. */
  leave(): void;
  /** The tunnel's state is another one: so may be its health. */
  stateChanged(): void;
  lookNow(): void;
}

/** Looks without an answer of the process's own counters, after which it counts as hanging. */
const MISSES = 3;
/** How often a peer's name is asked for while it cannot be reached, in milliseconds. */
const NAME_EVERY_MS = 30_000;
/** How often the owner's probe is sent, in milliseconds: seldom while all is well, for it costs traffic. */
const PROBE_EVERY_MS = { well: 30_000, inDoubt: 5_000 } as const;
const PROBE_WITHIN_MS = 5_000;
/** A restart that did not help is not repeated before this time, in milliseconds. */
const CURE_AGAIN_MS = 600_000;

export function createHealthKeeper(parts: HealthKeeperParts): HealthKeeper {
  const { name, policy, bus, failoverOrder } = parts;
  let running: RunningTunnel | undefined;
  let isReady = false;
  let weigher = createWeigher(undefined, parts.now);
  let verdict: Verdict | undefined;
  let counters: Counters | null = null;
  let misses = 0;
  let answeredOnce = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told: TunnelHealth = { word: "idle", reason: "never brought up", action: null, since: parts.now() };
  let troubleSince: number | undefined;
  let restarted = false;
  let restartedAt = Number.NEGATIVE_INFINITY;
  let networkChangedAt = Number.NEGATIVE_INFINITY;
  let askedNameAt = Number.NEGATIVE_INFINITY;
  let probedAt = Number.NEGATIVE_INFINITY;
  let looking = false;

  return {
    health: () => told,
    traffic: () => counters && { sent: counters.sent, received: counters.received, handshakeAt: counters.handshakeAt },
    follow(next) {
      running = next;
      isReady = false;
      weigher = createWeigher(undefined, parts.now);
      verdict = undefined;
      counters = null;
      misses = 0;
      answeredOnce = false;
      next.ready.then(() => {
        if (running !== next) return;
        isReady = true;
        look();
      });
      next.onNews(() => {
        if (running === next) look();
      });
      arm(weigher.nextLookMs());
    },
    leave() {
      running = undefined;
      verdict = undefined;
      clearTimeout(timer);
    },
    stateChanged: tell,
    lookNow() {
      networkChangedAt = performance.now();
      if (running !== undefined) look();
    },
  };

  function arm(milliseconds: number): void {
    clearTimeout(timer);
    // On one grid for all tunnels, so that several wake the machine as often as one does.
    timer = setTimeout(look, milliseconds - (performance.now() % milliseconds));
    timer.unref();
  }

  async function look(): Promise<void> {
    const current = running;
    if (current === undefined || looking) return;
    looking = true;
    clearTimeout(timer);
    const [vitals, probe] = await Promise.all([
      current.observe().catch(() => ({ signs: [], counters: null })),
      probeThroughIt(current),
    ]);
    looking = false;
    if (running !== current) return;
    weigher.observe(vitals, performance.now());
    if (vitals.counters !== null) {
      counters = vitals.counters;
      answeredOnce = true;
      misses = 0;
    } else if (answeredOnce) {
      misses += 1;
    }
    verdict = weigh(current, probe);
    arm(Math.min(weigher.nextLookMs(), policy.probe === undefined ? Number.POSITIVE_INFINITY : PROBE_EVERY_MS.inDoubt));
    tell();
    parts.onLook();
    if (parts.describeState().state === "running") await react(current, verdict);
  }

  async function probeThroughIt(current: RunningTunnel): Promise<"ok" | "failed" | null> {
    const every = told.word === "healthy" || told.word === "idle" ? PROBE_EVERY_MS.well : PROBE_EVERY_MS.inDoubt;
    if (policy.probe === undefined || current.openSocks === null || !isReady) return null;
    if (performance.now() - probedAt < every) return null;
    probedAt = performance.now();
    const socks = /^(.+):(\d+)$/.exec(current.openSocks);
    const { probeThrough } = await import("./probe.ts");
    return await probeThrough({ host: socks?.[1] ?? "", port: Number(socks?.[2]) }, policy.probe, PROBE_WITHIN_MS);
  }

  function weigh(current: RunningTunnel, probe: "ok" | "failed" | null): Verdict {
    const facts = {
      alive: current.isAlive(),
      accepting: (isReady || current.reconnects) && misses < MISSES,
      networkUp: true,
      probe,
    };
    const first = weigher.verdict(facts, performance.now());
    // Asked only in doubt.
    if (first.cause === "none" || hasRoute()) return first;
    return weigher.verdict({ ...facts, probe: null, networkUp: false }, performance.now());
  }

  /** Undefined endpoints (a name that was never resolved) say nothing about this machine's network. */
  function hasRoute(): boolean {
    const endpoint = /^\[?([^\]]+?)\]?:(\d+)$/.exec(counters?.endpoint ?? "");
    const [host, port] = [endpoint?.[1], endpoint?.[2]];
    return host === undefined || port === undefined || parts.isReachable(host, Number(port));
  }

  async function react(current: RunningTunnel, found: Verdict): Promise<void> {
    if (found.health === "healthy" || found.health === "idle") {
      troubleSince = undefined;
      // A new process that nobody has used yet says nothing about the cure.
      if (found.health === "healthy" || performance.now() - restartedAt > CURE_AGAIN_MS) restarted = false;
      return;
    }
    troubleSince ??= performance.now();
    if (!policy.recover) return;
    const moved = await hasMoved(current);
    if (running !== current) return;
    const remedy = chooseRemedy({
      verdict: found,
      lasting: performance.now() - troubleSince,
      sinceNetworkChange: performance.now() - networkChangedAt,
      handshakeAge: counters?.handshakeAt == null ? null : parts.now() - counters.handshakeAt,
      restarted,
      moved,
      hasFailover: policy.failover.length > 0,
    });
    if (remedy === "wait") return;
    restarted = true;
    restartedAt = performance.now();
    if (remedy === "failover") {
      failoverOrder.advance();
      troubleSince = undefined;
    }
    parts.onRestart(found.reason, "network-drop");
  }

  async function hasMoved(current: RunningTunnel): Promise<boolean> {
    if (counters === null || performance.now() - askedNameAt < NAME_EVERY_MS) return false;
    askedNameAt = performance.now();
    const answer = current.hasMoved(counters).catch(() => false);
    return (await settlesWithin(answer, 5_000)) && (await answer);
  }

  function tell(): void {
    const next = describe();
    const word = next.word;
    const former = told.word;
    told = { ...next, since: word === former ? told.since : parts.now() };
    if (word === former) return;
    bus.emit({ type: "tunnel_health", at: told.since, tunnel: name, from: former, to: word, reason: next.reason });
  }

  function describe(): { readonly word: Health; readonly reason: string; readonly action: string | null } {
    const { state, reason } = parts.describeState();
    switch (state) {
      case "idle":
      case "stopping":
        return { word: "idle", reason: `not up: ${reason}`, action: null };
      case "starting":
        return { word: "idle", reason: "it is starting", action: null };
      case "recovering":
        return { word: "down", reason: `being brought up again: ${reason}`, action: null };
      case "failed":
        return { word: "down", reason, action: `read its log, mend the cause, then: wpdaemon up ${name}` };
      case "running":
        return verdict === undefined
          ? { word: "idle", reason: "no traffic yet", action: null }
          : { word: verdict.health, reason: verdict.reason, action: verdict.action };
    }
  }
}
