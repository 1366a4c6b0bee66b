import type { Audit } from "../../platform/audit.ts";
import type { Environment } from "../../platform/environment.ts";
import type { Failure } from "../../platform/failure.ts";
import type { Paths } from "../../platform/files/paths.ts";
import type { ConfigStore } from "../config/store/store.ts";
import type { ChildRecord, ChildRegister } from "./child-record.ts";
import type { PortClaims, PortRange } from "./port-claims.ts";
import type { Counters, Vitals } from "./vitals.ts";

/** How a tunnel that was carried came to its end. */
export type Ending = "graceful" | "killed" | "died-during-startup" | "died" | "network-drop";

/** Where a tunnel has to listen. */
export type Placement =
  /** Where its config says, and nowhere else; `alsoOn` is one more SOCKS port that it had before. */
  | { readonly kind: "own"; readonly alsoOn?: number | undefined }
  /** Where its config says if that is free, otherwise on ports of our range. */
  | { readonly kind: "any" }
  /** With its SOCKS proxy on this port. */
  | { readonly kind: "port"; readonly socks: number };

export interface LaunchRequest {
  /** Config name with its suffix. */
  readonly config: string;
  readonly placement: Placement;
  /** The config whose peer carries it in place of its own (failover). */
  readonly carrier: string | null;
  readonly signal: AbortSignal;
}

/** What is known of every run, whether it has a record or not. */
type RunFacts = Readonly<Pick<ChildRecord, "logFile" | "socks" | "http" | "ownAddress" | "carrier" | "startedAt">>;

/** A tunnel that has been brought up, or is about to accept: what a driver gives for one start. */
export interface RunningTunnel extends RunFacts {
  /** The child's process number; the daemon's own where no child carries it. */
  readonly pid: number;
  /** As `socks`, where no password is asked for. */
  readonly openSocks: string | null;
  /** Resolves once it can carry: every listener accepts and is ours. It stays pending where that never happens. */
  readonly ready: Promise<void>;
  /** It accepts before it is ready, and goes on trying to reach its peer for as long as it lives. */
  readonly reconnects: boolean;
  /** False once it has certainly ended, even before `ended` tells. */
  isAlive(): boolean;
  /** Resolves once it has ended and its log is closed. */
  readonly ended: Promise<Ending>;
  /** Why it ended by itself; undefined where only its log tells. */
  whyEnded(): Failure | undefined;
  /** What was learnt about its peer since the last call. */
  observe(): Promise<Vitals>;
  /** Has `listener` called whenever something has happened that `observe` should be asked about at once. */
  onNews(listener: () => void): void;
  /** Whether its peer has ever answered. */
  isProven(): boolean;
  /** Whether its peer's name now stands for other addresses than the one in use. */
  hasMoved(counters: Counters): Promise<boolean>;
  /**
   * Has something sent to each peer, so that it has to answer; it resolves once that is on its way.
   * @returns false where nothing can be sent.
   */
  provoke(): Promise<boolean>;
  /** The network has changed: an attempt that waits for its time is made now. */
  retryNow(): void;
  /**
   * Ends it, politely first; the answer comes within 3.5 s. Later calls join the first.
   * @param ending what its log shall say.
   * @throws Failure `stop-failed` where the process survives even SIGKILL.
   */
  stop(ending?: Ending): Promise<void>;
  /**
   * Lets go of it without ending it: another daemon carries on with it. What ends with this daemon has given its addresses
   * back when the call resolves.
   */
  release(): Promise<void>;
}

/** What a driver found of a child that a former daemon left running. */
export interface Adopted {
  readonly running: RunningTunnel;
  /** Its listeners are its own, and open. */
  readonly verified: boolean;
}

/** What every driver is given of its surroundings. */
export interface DriverParts {
  readonly paths: Paths;
  readonly configs: Pick<ConfigStore, "find">;
  readonly environment: Environment;
  /** The owner lets listeners without a password be reached from other machines. */
  readonly mayBeOpen?: boolean | undefined;
  readonly register: ChildRegister;
  /** Ports for tunnels whose config's own is taken. */
  readonly range: PortRange;
  /** Who has which address, of all tunnels. */
  readonly claims: PortClaims;
  /** Session logs that are being written, besides those on record. */
  readonly logsInUse: Set<string>;
  readonly audit: Audit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called when the traffic of a tunnel within this process has come to rest. */
  readonly onQuiet: () => void;
}

/** Carries the tunnels of one kind. */
export interface TunnelDriver {
  /**
   * Starts a tunnel and resolves once it exists, recorded on disk, ready or not.
   * @throws Failure `config-not-found`, `config-invalid`, `program-missing`, `address-in-use`, `start-failed`.
   */
  launch(request: LaunchRequest): Promise<RunningTunnel>;
  /**
   * Takes over what a former daemon left running; absent where nothing outlives the daemon.
   * @returns undefined where nothing of it lives; the record is then off the register.
   */
  adopt?(record: ChildRecord): Promise<Adopted | undefined>;
}
