import type { ListenAddress } from "../platform/listeners.ts";
import type { ChildRecord } from "./child-record.ts";

/** How a tunnel that was carried came to its end. */
export type Ending = "graceful" | "killed" | "died-during-startup" | "died";

/** A tunnel that has been brought up, or is about to accept: what a driver gives for one start. */
export interface Way {
  /** The child's process number. */
  readonly pid: number;
  /** Absolute path of this run's log. */
  readonly logFile: string;
  readonly listeners: readonly ListenAddress[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Resolves once every listener accepts and is ours; never, if that does not come about. */
  readonly ready: Promise<void>;
  /** False once it has certainly ended, even before `ended` tells. */
  isAlive(): boolean;
  /** Resolves once it has ended and its log is closed. */
  readonly ended: Promise<Ending>;
  /**
   * Ends it, politely first; the answer comes within 3.5 s. Later calls join the first.
   * @throws Failure `stop-failed` where the process survives even SIGKILL.
   */
  stop(): Promise<void>;
}

/** One kind of tunnel. */
export interface TunnelDriver {
  /**
   * Starts the tunnel that `config` names and resolves once it exists, recorded on disk, ready or not.
   * @throws Failure `config-not-found`, `config-invalid`, `program-missing`, `address-in-use`, `start-failed`.
   */
  launch(config: string, signal: AbortSignal): Promise<Way>;
  /**
   * Takes over what a former daemon left running, `verified` where its listeners are its own and open.
   * @returns undefined where nothing of it lives; the record is then off the register.
   */
  adopt(record: ChildRecord): Promise<{ readonly way: Way; readonly verified: boolean } | undefined>;
}
