import type { Audit } from "../platform/audit.ts";
import { Failure } from "../platform/failure.ts";
import { settlesWithin, whenAborted } from "../platform/waiting.ts";
import type { TunnelDriver, Way } from "./driver.ts";
import { nextState, type TunnelState, type TunnelStep } from "./state-machine.ts";

export interface TunnelStatus {
  /** Config name with its suffix. */
  readonly config: string;
  readonly state: TunnelState;
  /** Whether every listener accepts. A tunnel may be running and not ready while a resolver is slow. */
  readonly ready: boolean;
  readonly pid: number | null;
  /** This run's log, or the last one's; null before the first. */
  readonly logFile: string | null;
  /** Milliseconds since the epoch; null while there is no child. */
  readonly startedAt: number | null;
}

/** One way out, from idle to running and back. Starts and stops of it never overlap; `status` never waits. */
export interface Tunnel {
  readonly config: string;
  status(): TunnelStatus;
  /**
   * Resolves once the tunnel is ready, or runs but is not ready by `answerBy`, a time of `performance.now()`. A call
   * during a start joins it, a call during a stop waits for that first.
   * @throws Failure `already-running`, `start-failed` and what `TunnelDriver.launch` throws.
   */
  start(answerBy: number): Promise<TunnelStatus>;
  /** Resolves once the child is gone; cancels a start. @throws Failure `not-running`, `stop-failed`. */
  stop(): Promise<TunnelStatus>;
  /** Resolves when a stop under way is over, at once where there is none. */
  stopped(): Promise<void>;
  /** Catches up with a child that has died so recently that nobody has told us; 12 µs where it lives. */
  settle(): Promise<void>;
  /** Carries on with what a former daemon started. An unverified one is stopped. */
  adopt(way: Way, verified: boolean): void;
}

/** The system tells of a child's death within a millisecond; this is for a busy machine. */
const DEATH_NOTICE_MS = 80;

export function createTunnel(config: string, driver: TunnelDriver, audit: Audit): Tunnel {
  let state: TunnelState = "idle";
  let ready = false;
  let way: Way | undefined;
  let logFile: string | null = null;
  let starting: Promise<TunnelStatus> | undefined;
  let stopping: Promise<TunnelStatus> | undefined;
  let cancel = new AbortController();

  return { config, status, start, stop, stopped, settle, adopt };

  function status(): TunnelStatus {
    return { config, state, ready, pid: way?.pid ?? null, logFile, startedAt: way?.startedAt ?? null };
  }

  async function start(answerBy: number): Promise<TunnelStatus> {
    if (state === "stopping") await stopped();
    if (state === "starting" && starting !== undefined) return starting;
    if (!step("start")) throw alreadyRunning(config);
    cancel = new AbortController();
    starting = launch(answerBy, cancel.signal).finally(() => {
      starting = undefined;
    });
    return starting;
  }

  async function launch(answerBy: number, signal: AbortSignal): Promise<TunnelStatus> {
    let launched: Way;
    try {
      launched = await driver.launch(config, signal);
    } catch (error) {
      step("fail");
      throw error;
    }
    follow(launched);
    const outcome = Promise.race([launched.ready, launched.ended, whenAborted(signal)]);
    await settlesWithin(outcome, Math.max(0, answerBy - performance.now()));
    if (way === launched && step("ready")) return status();
    throw new Failure("start-failed", `WireProxy failed to start. Check log: ${launched.logFile}`);
  }

  async function stop(): Promise<TunnelStatus> {
    if (stopping !== undefined) return stopping;
    if (state !== "stopping" && !step("stop")) throw new Failure("not-running", "WireProxy is not running");
    stopping = bringDown().finally(() => {
      stopping = undefined;
    });
    return stopping;
  }

  async function bringDown(): Promise<TunnelStatus> {
    cancel.abort();
    await starting?.catch(() => undefined);
    await way?.stop();
    step("stopped");
    return status();
  }

  async function stopped(): Promise<void> {
    await stopping?.catch(() => undefined);
  }

  async function settle(): Promise<void> {
    if (way !== undefined && !way.isAlive()) await settlesWithin(way.ended, DEATH_NOTICE_MS);
  }

  function adopt(found: Way, verified: boolean): void {
    step("start");
    follow(found);
    step("ready");
    audit("ACTION", `${config}: adopted process ${found.pid}${verified ? "" : ", which does not listen; stopping it"}`);
    if (!verified) stop().catch((error) => audit("ERROR", `${config}: ${error.message}`));
  }

  function follow(current: Way): void {
    way = current;
    logFile = current.logFile;
    current.ready.then(() => {
      if (way === current) ready = true;
    });
    current.ended.then((ending) => {
      if (way !== current) return;
      way = undefined;
      ready = false;
      audit("INFO", `${config}: process ${current.pid} has ended (${ending})`);
      if (state === "running") step("end");
      else if (state === "starting") step("fail");
      // A stop under way takes this step itself; one that had given up is over now.
      else if (stopping === undefined) step("stopped");
    });
  }

  function step(taken: TunnelStep): boolean {
    const next = nextState(state, taken);
    if (next === undefined) return false;
    audit("STATE", `${config}: ${state} -> ${next}`);
    state = next;
    return true;
  }
}

/** The text is the protocol's: reference page wireproxy-daemon.md section 3.5. */
export function alreadyRunning(config: string): Failure {
  return new Failure("already-running", `WireProxy is already running with config: ${config}`, {
    hint: "stop it first",
  });
}
