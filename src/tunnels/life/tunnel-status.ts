import type { TunnelState } from "./state-machine.ts";

/** How a tunnel fares, in the words of a user. `idle`: nothing can be said, for nothing was carried. */
export type Health = "healthy" | "degraded" | "down" | "idle";

export interface TunnelHealth {
  readonly word: Health;
  /** One sentence that says why. */
  readonly reason: string;
  /** What a person should do about it; null where there is nothing to do. */
  readonly action: string | null;
  /** Since when the word holds, milliseconds since the epoch. */
  readonly since: number;
}

/** What a tunnel has carried since its process started. */
export interface Traffic {
  /** Bytes. */
  readonly sent: number;
  readonly received: number;
  /** The peer's last handshake, milliseconds since the epoch; null before the first. */
  readonly handshakeAt: number | null;
}

export interface TunnelStatus {
  /** Config name without its suffix, as users call the tunnel. */
  readonly name: string;
  /** Config name with its suffix. */
  readonly config: string;
  readonly state: TunnelState;
  /** Since when it is in this state, milliseconds since the epoch. */
  readonly since: number;
  /** Whether every listener accepts. A tunnel may be running and not ready while a resolver is slow. */
  readonly ready: boolean;
  readonly health: TunnelHealth;
  readonly pid: number | null;
  /** This run's log, or the last one's; null before the first. */
  readonly logFile: string | null;
  /** When the process started, milliseconds since the epoch; null while there is none. */
  readonly startedAt: number | null;
  /** `host:port` of its SOCKS5 and HTTP proxies; null while there is no process, or no such listener. */
  readonly socks: string | null;
  readonly http: string | null;
  /** How often it was restarted by itself since it was brought up. */
  readonly restarts: number;
  /** The config that carries it in place of its own (failover), without suffix; null while its own does. */
  readonly carriedBy: string | null;
  /** Null before the first look at the process's counters. */
  readonly traffic: Traffic | null;
}
