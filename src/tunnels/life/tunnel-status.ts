import { tunnelNameOf } from "../config/store/names.ts";
import type { RunningTunnel } from "../driver/driver.ts";
import type { Counters } from "../driver/vitals.ts";
import type { Health, Verdict } from "../health/signal.ts";
import type { TunnelState } from "./state-machine.ts";

/** How a tunnel is described, from here to the JSON of the control API, whose schema it has to meet. */
export type TunnelStatus = ReturnType<typeof describeTunnel>;

export interface HealthText {
  readonly health: Health;
  /** One sentence that says why. */
  readonly reason: string;
  /** What a person should do about it; null where there is nothing to do. */
  readonly action: string | null;
}

interface DescribedTunnel {
  /** Config name with its suffix. */
  readonly config: string;
  readonly state: TunnelState;
  /** Since when it is in this state, milliseconds since the epoch. */
  readonly since: number;
  readonly health: HealthText;
  readonly run: { readonly running: RunningTunnel | undefined; readonly isReady: boolean; readonly log: string | null };
  readonly counters: Counters | null;
  /** How often it has come back by itself since it was brought up. */
  readonly restarts: number;
  /** The config that carries it in place of its own (failover), with its suffix. */
  readonly carrier: string | null;
}

/** Describes a tunnel; times are ISO 8601. */
export function describeTunnel({ config, state, since, health, run, counters, restarts, carrier }: DescribedTunnel) {
  const { running, isReady, log } = run;
  return {
    /** Config name without its suffix, as users call the tunnel. */
    name: tunnelNameOf(config),
    config,
    state,
    ...health,
    /** `host:port` of its SOCKS5 and HTTP proxies; null while nothing carries it, or it has no such listener. */
    socks: running?.socks ?? null,
    http: running?.http ?? null,
    pid: running?.pid ?? null,
    since: isoTime(since),
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

/**
 * How a tunnel fares, in the words of a user: by its state, and while it runs by the verdict on its run.
 * @param reason why it is in its state.
 * @param verdict undefined while nothing is known of the run.
 */
export function describeHealth(
  { config, state, reason }: { readonly config: string; readonly state: TunnelState; readonly reason: string },
  verdict: Verdict | undefined,
): HealthText {
  switch (state) {
    case "idle":
    case "stopping":
      return { health: "idle", reason: `not up: ${reason}`, action: null };
    case "starting":
      return { health: "idle", reason: "it is starting", action: null };
    case "recovering":
      return { health: "down", reason: `being brought up again: ${reason}`, action: null };
    case "failed": {
      const action = `read its log, mend the cause, then: wpdaemon up ${tunnelNameOf(config)}`;
      return { health: "down", reason, action };
    }
    case "running":
      return verdict ?? { health: "idle", reason: "no traffic yet", action: null };
  }
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
