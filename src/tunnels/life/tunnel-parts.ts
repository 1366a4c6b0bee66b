import type { EventBus } from "../../events/bus.ts";
import type { Audit } from "../../platform/audit.ts";
import type { Drivers } from "./drivers.ts";
import type { RecoveryPlan } from "./recovery-plan.ts";

/** What the owner wants of one tunnel. */
export interface TunnelPolicy {
  /** Whether it is brought up again when its process dies or its peer is gone. */
  readonly recover: boolean;
  /** Configs, with suffix, that take over in turn while its own peer is out of reach. */
  readonly failover: readonly string[];
  /** The SOCKS port that it gets from us; undefined: its config's own, or one of our range. */
  readonly socksPort: number | undefined;
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
