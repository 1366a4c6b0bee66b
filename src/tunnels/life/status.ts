import * as v from "valibot";
import { tunnelNameOf } from "../config/store/names.ts";
import type { Counters } from "../driver/vitals.ts";
import type { TrafficRate } from "../health/watch-run.ts";
import type { createCurrentRun } from "./current-run.ts";
import type { HealthText } from "./describe-health.ts";
import type { TunnelState } from "./state-machine.ts";

const isoTime = v.pipe(v.string(), v.isoTimestamp());

const trafficSchema = v.object({
  /** Bytes since its process started. */
  sent: v.number(),
  received: v.number(),
  /** The peer's last handshake; null before the first. */
  handshakeAt: v.nullable(isoTime),
  /** Bytes per second between the last two looks; null before the second. Absent, as the next, from an older daemon. */
  sentPerSecond: v.optional(v.nullable(v.number())),
  receivedPerSecond: v.optional(v.nullable(v.number())),
});

/** A tunnel as it is described everywhere, from here to the JSON of the control API. Times are ISO 8601. */
export const tunnelStatusSchema = v.object({
  /** Config name without its suffix, as users call the tunnel. */
  name: v.string(),
  config: v.string(),
  state: v.picklist(["idle", "starting", "running", "recovering", "stopping", "failed"]),
  health: v.picklist(["healthy", "degraded", "down", "idle"]),
  reason: v.string(),
  /** What a person should do; null where there is nothing to do. */
  action: v.nullable(v.string()),
  /** `host:port` of its SOCKS5 and HTTP proxies; null while nothing carries it, or it has no such listener. */
  socks: v.nullable(v.string()),
  http: v.nullable(v.string()),
  pid: v.nullable(v.number()),
  /** Since when it is in this state. */
  since: isoTime,
  /** When its process started. */
  startedAt: v.nullable(isoTime),
  /** Whether every listener accepts. A tunnel may be running and not ready while a resolver is slow. */
  ready: v.boolean(),
  /** This run's log, or the last one's; null before the first. */
  log: v.nullable(v.string()),
  /** How often it has come back by itself since it was brought up. */
  restarts: v.number(),
  /** The config that carries it in place of its own (failover), without its suffix. */
  carriedBy: v.nullable(v.string()),
  traffic: v.nullable(trafficSchema),
  /** Whether its config is not what it was brought up with any more. Absent from an older daemon. */
  configChanged: v.optional(v.boolean()),
});

export type TunnelStatus = v.InferOutput<typeof tunnelStatusSchema>;

interface Described {
  /** Config name with its suffix. */
  readonly config: string;
  readonly state: TunnelState;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly health: HealthText;
  readonly restarts: number;
  readonly run: Pick<ReturnType<typeof createCurrentRun>, "running" | "isReady" | "log">;
  /** Config, with suffix, that carries it in place of its own. */
  readonly carrier: string | null;
  readonly counters: Counters | null;
  readonly rate: TrafficRate | null;
  readonly configChanged: boolean;
}

export function describeTunnel(described: Described): TunnelStatus {
  const { config, state, since, health, restarts, carrier, counters, rate, configChanged } = described;
  const { running, isReady, log } = described.run;
  return {
    name: tunnelNameOf(config),
    config,
    state,
    ...health,
    socks: running?.socks ?? null,
    http: running?.http ?? null,
    pid: running?.pid ?? null,
    since: writeTime(since),
    startedAt: running === undefined ? null : writeTime(running.startedAt),
    ready: isReady,
    log,
    restarts,
    carriedBy: carrier === null ? null : tunnelNameOf(carrier),
    traffic: counters === null ? null : describeTraffic(counters, state === "running" ? rate : null),
    configChanged,
  };
}

function describeTraffic({ sent, received, handshakeAt }: Counters, rate: TrafficRate | null) {
  return {
    sent,
    received,
    handshakeAt: handshakeAt === null ? null : writeTime(handshakeAt),
    sentPerSecond: rate?.sent ?? null,
    receivedPerSecond: rate?.received ?? null,
  };
}

function writeTime(time: number): string {
  return new Date(time).toISOString();
}
