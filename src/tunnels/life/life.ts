import type { EventBus } from "../../events/bus.ts";
import type { Audit } from "../../platform/audit.ts";
import { Failure } from "../../platform/failure.ts";
import { partOf, tunnelNameOf } from "../config/store/names.ts";
import type { ConfigChange } from "../config/store/watch-configs.ts";
import type { Standing } from "../driver/child-record.ts";
import { type CarePolicy, createHealthKeeper, type HealthKeeperParts } from "../health/health-keeper.ts";
import { HEALTH_LIMITS } from "../health/thresholds.ts";
import { type CurrentRunParts, createCurrentRun } from "./current-run.ts";
import { describeHealth, type HealthText } from "./describe-health.ts";
import type { Drivers } from "./drivers.ts";
import { createFailoverOrder } from "./failover-order.ts";
import type { RecoveryPlan } from "./recovery-plan.ts";
import { isAtRest, nextState, type TunnelState, type TunnelStep } from "./state-machine.ts";
import { describeTunnel, type TunnelStatus } from "./status.ts";

/** What the owner wants of one tunnel. */
export interface TunnelPolicy extends CarePolicy {
  /** The SOCKS port that it gets from us; undefined: its config's own, or one of our range. */
  readonly socks: number | undefined;
}

/** What a tunnel needs of its surroundings. */
export interface TunnelParts {
  readonly drivers: Drivers;
  readonly policy: TunnelPolicy;
  readonly plan: RecoveryPlan;
  readonly audit: Audit;
  readonly bus: EventBus;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether this machine has a route to an IP address. */
  readonly isReachable: (host: string, port: number) => boolean;
  /** Called after every look at a running tunnel: time to see whether the machine has slept. */
  readonly onLook: () => void;
}

export type Life = ReturnType<typeof createLife>;

/** What the stages of one tunnel's life share: its state and health, what carries it, and whose turn it is to carry it. */
export function createLife(
  config: string,
  parts: TunnelParts & Pick<CurrentRunParts, "onEnded" | "onFault"> & Pick<HealthKeeperParts, "onRemedy">,
) {
  const { policy, audit, bus, now } = parts;
  const tunnel = tunnelNameOf(config);
  const failoverOrder = createFailoverOrder(policy.failover);
  const part = partOf(config);
  const keeper = createHealthKeeper({
    ...parts,
    part,
    onVerdict() {
      updateHealth();
      parts.onLook();
    },
    mayTreat: () => state === "running",
  });
  const run = createCurrentRun({ ...parts, part, config, failoverOrder, keeper });
  let state: TunnelState = "idle";
  let since = now();
  let reason = "never brought up";
  /** What has become of its config since it was read. */
  let outdated: ConfigChange | undefined;
  /** Why the last start failed, where that is known. */
  let failure: Failure | undefined;
  let health: HealthText = { health: "idle", reason, action: null };
  let restarts = 0;
  /** How it fared under the daemon before, which holds until more is known; and when, of the system's clock. */
  let former: { readonly health: HealthText; readonly until: number } | undefined;

  return {
    config,
    /** What the loop watch calls it. */
    part,
    run,
    failoverOrder,
    get state() {
      return state;
    },
    step,
    /** Its config is not what its run has read any more. */
    noteConfigChange(change: ConfigChange): void {
      outdated = change;
      updateHealth();
    },
    /** Notes why a start has failed, which holds until something else happens. */
    explain(why: Failure): void {
      failure = why;
      updateHealth();
    },
    /** How it fares, for the daemon that follows; undefined where it is not meant to be up. */
    standing(): Standing | undefined {
      if (state !== "running" && state !== "recovering" && state !== "failed") return undefined;
      return { config, state, since, reason, restarts, health };
    },
    /** Goes on where the daemon before was: nothing has happened to the tunnel, and nothing is told. */
    takeUp(standing: Standing): void {
      ({ state, since, reason, restarts, health } = standing);
      if (state === "running") former = { health, until: performance.now() + HEALTH_LIMITS.freshness };
    },
    lookNow: keeper.lookNow,
    look: keeper.look,
    /** When its peer last completed a handshake; null before the first. */
    handshakeAt: () => keeper.counters()?.handshakeAt ?? null,
    /** It is brought up anew. */
    forgetRestarts(): void {
      restarts = 0;
    },
    /** It has come back by itself. */
    countRestart(): void {
      restarts += 1;
    },
    status(): TunnelStatus {
      const carrier = failoverOrder.current();
      const figures = { restarts, counters: keeper.counters(), rate: keeper.rate() };
      const configChanged = outdated !== undefined && state === "running";
      return describeTunnel({ config, state, since, health, run, carrier, configChanged, ...figures });
    },
  };

  /** @returns false where the state machine refuses the step; then nothing happens. */
  function step(taken: TunnelStep, why: string): boolean {
    const next = nextState(state, taken);
    if (next === undefined) return false;
    audit("STATE", `${config}: ${state} -> ${next}: ${why}`);
    const from = state;
    state = next;
    since = now();
    reason = why;
    if (taken !== "fail" && taken !== "give-up") failure = undefined;
    if (taken === "start" || taken === "lose") outdated = undefined;
    if (isAtRest(next)) parts.drivers.releasePorts(config);
    bus.emit({ type: "tunnel_state", at: since, tunnel, from, to: next, reason: why });
    updateHealth();
    return true;
  }

  function judge(): HealthText {
    const verdict = keeper.verdict();
    const isUnknown = state === "running" && (verdict === undefined || verdict.health === "idle");
    if (isUnknown && former !== undefined && performance.now() < former.until) return former.health;
    former = undefined;
    return describeHealth({ config, state, reason, failure }, verdict);
  }

  function updateHealth(): void {
    const from = health.health;
    const { health: to, reason: why, action } = judge();
    health = { health: to, reason: why, action: action ?? describeOutdated() };
    if (to !== from) bus.emit({ type: "tunnel_health", at: now(), tunnel, from, to, reason: why });
  }

  function describeOutdated(): string | null {
    if (outdated === undefined || state !== "running") return null;
    const remedy = outdated === "removed" ? "wpdaemon down" : "wpdaemon restart";
    return `its config was ${outdated} since it was brought up, and it goes on as it was: ${remedy} ${tunnel}`;
  }
}

/** Every driver's start fails in these words, which clients of the line protocol compare. */
export function startFailed(log: string | null): Failure {
  return new Failure("start-failed", `WireProxy failed to start. Check log: ${log ?? "none"}`);
}

/** Clients of the line protocol compare this text. */
export function alreadyRunning(config: string): Failure {
  return new Failure("already-running", `WireProxy is already running with config: ${config}`, {
    hint: "stop it first",
  });
}
