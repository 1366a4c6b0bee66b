import { tunnelNameOf } from "../config/names.ts";
import type { Counters } from "../driver/vitals.ts";
import type { CurrentRun } from "./current-run.ts";
import type { StateTracker } from "./track-state.ts";
import type { HealthText } from "./tunnel-health.ts";

/** How a tunnel is described, from here to the JSON of the control API, whose schema it has to meet. */
export type TunnelStatus = ReturnType<typeof describeTunnel>;

export interface DescribedTunnel {
  /** Config name with its suffix. */
  readonly config: string;
  readonly state: Pick<StateTracker, "current" | "since">;
  readonly health: HealthText;
  readonly run: Pick<CurrentRun, "running" | "isReady" | "log">;
  readonly counters: Counters | null;
  /** How often it has come back by itself since it was brought up. */
  readonly restarts: number;
  /** The config that carries it in place of its own (failover), with its suffix. */
  readonly carrier: string | null;
}

/** Describes a tunnel; times are ISO 8601. */
export function describeTunnel({ config, state, health, run, counters, restarts, carrier }: DescribedTunnel) {
  const { running, isReady, log } = run;
  return {
    /** Config name without its suffix, as users call the tunnel. */
    name: tunnelNameOf(config),
    config,
    state: state.current,
    ...health,
    /** `host:port` of its SOCKS5 and HTTP proxies; null while nothing carries it, or it has no such listener. */
    socks: running?.socks ?? null,
    http: running?.http ?? null,
    pid: running?.pid ?? null,
    /** Since when it is in this state. */
    since: isoTime(state.since),
    /** When its process started. */
    startedAt: running === undefined ? null : isoTime(running.startedAt),
    /** Whether every listener accepts. A tunnel may be running and not ready while a resolver is slow. */
    ready: isReady,
    /** This run's log, or the last one's; null before the first. */
    log,
    restarts,
    carriedBy: carrier === null ? null : tunnelNameOf(carrier),
    /** Bytes since its process started, and the peer's last handshake; null before the first look at its counters. */
    traffic: counters && {
      sent: counters.sent,
      received: counters.received,
      handshakeAt: counters.handshakeAt === null ? null : isoTime(counters.handshakeAt),
    },
  };
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
