import type { EventBus } from "../../events/bus.ts";
import type { Audit } from "../../platform/audit.ts";
import { Failure } from "../../platform/failure.ts";
import { tunnelNameOf } from "../config/names.ts";
import type { RunningTunnel } from "../driver/driver.ts";
import { createHealthKeeper, type HealthKeeperParts } from "../health/health-keeper.ts";
import { createCurrentRun } from "./current-run.ts";
import type { Drivers } from "./drivers.ts";
import { createFailoverOrder } from "./failover-order.ts";
import type { RecoveryPlan } from "./recovery-plan.ts";
import { isAtRest } from "./state-machine.ts";
import { trackState } from "./track-state.ts";
import { createTunnelHealth } from "./tunnel-health.ts";
import { describeTunnel, type TunnelStatus } from "./tunnel-status.ts";

/** What the owner wants of one tunnel. */
export interface TunnelPolicy {
  /** Whether it is brought up again when its process dies or its peer is gone. */
  readonly recover: boolean;
  /** Configs, with suffix, that take over in turn while its own peer is out of reach. */
  readonly failover: readonly string[];
  /** The SOCKS port that it gets from us; undefined: its config's own, or one of our range. */
  readonly socks: number | undefined;
  /** What is asked for through it to see whether it works: `http://host/`, or `host:port`. */
  readonly probe: string | undefined;
}

/** What a tunnel needs of its surroundings. */
export interface TunnelParts {
  readonly driver: Drivers;
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

export interface LifeParts extends TunnelParts {
  readonly onEnded: (former: RunningTunnel) => void;
  readonly onRemedy: HealthKeeperParts["onRemedy"];
}

export type Life = ReturnType<typeof createLife>;

/** What the stages of one tunnel's life share: its state, what carries it, its health, whose turn it is to carry it. */
export function createLife(config: string, parts: LifeParts) {
  const { driver, policy, bus, now } = parts;
  const name = tunnelNameOf(config);
  const failoverOrder = createFailoverOrder(policy.failover);
  const state = trackState(config, parts, (next) => {
    if (isAtRest(next)) driver.releasePorts(config);
    health.update();
  });
  const keeper = createHealthKeeper({
    ...parts,
    onVerdict() {
      health.update();
      parts.onLook();
    },
    mayTreat: () => state.current === "running",
  });
  const health = createTunnelHealth({ name, bus, now, state, verdict: keeper.verdict });
  const run = createCurrentRun({ ...parts, config, failoverOrder, keeper });
  const life = {
    config,
    state,
    run,
    failoverOrder,
    lookNow: keeper.lookNow,
    /** How often it has come back by itself since it was brought up. */
    restarts: 0,
    status: (): TunnelStatus =>
      describeTunnel({
        config,
        state,
        health: health.known,
        run,
        counters: keeper.counters(),
        restarts: life.restarts,
        carrier: failoverOrder.current(),
      }),
  };
  return life;
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
