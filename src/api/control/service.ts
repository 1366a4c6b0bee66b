import type { EndpointsService } from "../../endpoints/document.ts";
import type { DaemonEvent } from "../../events/bus.ts";
import type { EventFeed } from "../../events/feed.ts";
import type { SessionRegister } from "./routes/known-sessions.ts";
import type { ConfigEntry, IdentityEntry, StatusDocument, TunnelEntry } from "./schemas.ts";

/** What the loop watch calls the control API. */
export const CONTROL_PART = "control API";

/** What the control API asks of the daemon; daemon/ provides it. */
export interface ControlService {
  identity(): IdentityEntry;
  status(): Promise<StatusDocument>;
  tunnels(): Promise<readonly TunnelEntry[]>;
  /** @throws Failure `config-not-found`. */
  tunnel(name: string): Promise<TunnelEntry>;
  /**
   * Brings a tunnel up and resolves once it accepts; joins what is under way, and gives a running one as it is.
   * @throws Failure `config-not-found`, `config-invalid`, `program-missing`, `address-in-use`, `start-failed`.
   */
  up(name: string): Promise<TunnelEntry>;
  /** Resolves once the peer of a tunnel that is up has answered. @throws Failure `timed-out` with what is missing. */
  prove(name: string): Promise<TunnelEntry>;
  /** @throws Failure `config-not-found`, `not-running`, `stop-failed`. */
  down(name: string): Promise<TunnelEntry>;
  /** Ends its process and starts a new one. @throws Failure as `up` and `down`. */
  restartTunnel(name: string): Promise<TunnelEntry>;
  configs(): Promise<readonly ConfigEntry[]>;
  /** The newest session log of a tunnel, the audit log for `audit`, the daemon's own for `daemon`; absolute paths. */
  logFile(name: string): Promise<string | undefined>;
  /** @returns a function that ends the subscription. */
  subscribe(listener: (event: DaemonEvent) => void): () => void;
  /** As the feed has it. @throws Failure `handover-failed` while another daemon takes over, and what the feed throws. */
  readonly publish: EventFeed["publish"];
  /** Numbered events that are kept. @throws Failure as the feed. */
  readonly replay: EventFeed["replay"];
  /** Numbered events from now on. @returns a function that ends the subscription. */
  readonly subscribeFeed: EventFeed["subscribe"];
  /** Programs that have reported themselves. */
  readonly sessions: SessionRegister;
  /** Undefined where none are configured. */
  endpoints(): EndpointsService | undefined;
  /** Requests served, by door. */
  requests(): Readonly<Record<string, number>>;
  /** Ends the daemon in an orderly way, a moment after the answer has left. */
  stop(reason: string): void;
  /**
   * Lets the program at `program` take over: it proves itself first, and on any fault this daemon carries on.
   * @returns the successor's identity. @throws Failure `handover-failed`.
   */
  handOver(program: string): Promise<{ readonly pid: number; readonly version: string }>;
  /** A successor reports that it is able to take over; resolves once this daemon has let go. @throws Failure. */
  letGo(successor: { readonly pid: number; readonly token: string; readonly canReplace: boolean }): Promise<void>;
  /** The successor serves: this daemon may end. */
  taken(successor: { readonly pid: number; readonly token: string }): Promise<void>;
}
