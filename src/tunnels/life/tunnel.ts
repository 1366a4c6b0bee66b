import { describeError, Failure } from "../../platform/failure.ts";
import { settlesWithin, whenAborted } from "../../platform/waiting.ts";
import { tunnelNameOf } from "../config/names.ts";
import type { Ending, Placement, RunningTunnel } from "../driver/driver.ts";
import { createHealthKeeper } from "../health/health-keeper.ts";
import { createFailoverOrder } from "./failover-order.ts";
import { createRecovery } from "./recovery.ts";
import { isAtRest, nextState, type TunnelState, type TunnelStep } from "./state-machine.ts";
import type { TunnelParts } from "./tunnel-parts.ts";
import type { TunnelStatus } from "./tunnel-status.ts";

/** One way out, from idle to running and back. Starts and stops of it never overlap; `status` never waits. */
export interface Tunnel {
  /** Config name with its suffix. */
  readonly config: string;
  status(): TunnelStatus;
  /** Where it listens: where its config says, or elsewhere; where it will have to, while no process carries it. */
  placement(): Placement;
  /**
   * Resolves once the tunnel is ready, or runs but is not ready by `answerBy`, a time of `performance.now()`. A call
   * during a start or a recovery joins it, a call during a stop waits for that first.
   * @throws Failure `already-running`, `start-failed` and what `Drivers.launch` throws.
   */
  start(answerBy: number, placement: Placement): Promise<TunnelStatus>;
  /** Resolves once the child is gone; cancels a start and a recovery. @throws Failure `not-running`, `stop-failed`. */
  stop(): Promise<TunnelStatus>;
  /** Ends the process and starts another. Resolves once that one is ready. @throws Failure as `start`. */
  restart(answerBy: number): Promise<TunnelStatus>;
  /** Resolves when a stop under way is over, at once where there is none. */
  stopped(): Promise<void>;
  /** Catches up with a child that has died so recently that nobody has told us; 12 µs where it lives. */
  noticeDeath(): Promise<void>;
  /** Carries on with what a former daemon started, or ends it, or has another one in its place. */
  adopt(running: RunningTunnel, fate: AdoptedFate): void;
  /** Brings up what is meant to be up and has no process, and goes on trying. */
  revive(placement: Placement): void;
  /**
   * Something about this machine has changed: it looks at its peer at once, tries at once what it waits for, and tries
   * again what it had given up.
   */
  lookAgain(): void;
  /** How many milliseconds ago it last came back by itself; infinite where it never did. */
  sinceRecovery(): number;
  /** Lets go of the process without ending it: another daemon carries on with it. */
  release(): Promise<void>;
}

/** What becomes of a process that was found: one that does not listen is of use to nobody. */
export type AdoptedFate = "keep" | "end" | "replace";

/** The system tells of a child's death within a millisecond; this is for a busy machine. */
const DEATH_NOTICE_MS = 80;

export function createTunnel(config: string, parts: TunnelParts): Tunnel {
  const { driver, audit, bus, policy } = parts;
  const name = tunnelNameOf(config);
  let state: TunnelState = "idle";
  let since = parts.now();
  let reason = "never brought up";
  let ready = false;
  let running: RunningTunnel | undefined;
  let logFile: string | null = null;
  let placement: Placement = { kind: "any" };
  let restarts = 0;
  let recoveredAt = Number.NEGATIVE_INFINITY;
  let starting: Promise<TunnelStatus> | undefined;
  let stopping: Promise<TunnelStatus> | undefined;
  let cancel = new AbortController();
  const failoverOrder = createFailoverOrder(policy.failover);
  const keeper = createHealthKeeper({ ...parts, name, describeState, onRestart: replaceProcess, failoverOrder });
  const recovery = createRecovery({ launch, plan: parts.plan, failoverOrder, onReady: recovered, onGivenUp: givenUp });

  return {
    config,
    status,
    placement: () => placement,
    start,
    stop,
    restart,
    stopped,
    noticeDeath,
    adopt,
    revive,
    lookAgain() {
      if (state === "failed") revive(placement);
      keeper.lookNow();
      running?.retryNow();
      recovery.retryNow();
    },
    sinceRecovery: () => performance.now() - recoveredAt,
    async release() {
      cancel.abort();
      recovery.cancel();
      await starting?.catch(() => undefined);
      await recovery.settled();
      await stopped();
      keeper.leave();
      await running?.release();
      running = undefined;
    },
  };

  function status(): TunnelStatus {
    const carrier = failoverOrder.current();
    return {
      name,
      config,
      state,
      since,
      ready,
      health: keeper.health(),
      pid: running?.pid ?? null,
      logFile,
      startedAt: running?.startedAt ?? null,
      socks: running?.socks ?? null,
      http: running?.http ?? null,
      restarts,
      carriedBy: carrier === null ? null : tunnelNameOf(carrier),
      traffic: keeper.traffic(),
    };
  }

  async function start(answerBy: number, wanted: Placement): Promise<TunnelStatus> {
    if (state === "stopping") await stopped();
    if (state === "starting" && starting !== undefined) return starting;
    if (state === "recovering") return await joinRecovery(answerBy);
    if (!step("start", "brought up")) throw alreadyRunning(config);
    placement = wanted;
    restarts = 0;
    parts.plan.reset();
    failoverOrder.reset();
    cancel = new AbortController();
    starting = firstStart(answerBy, cancel.signal).finally(() => {
      starting = undefined;
    });
    return starting;
  }

  async function firstStart(answerBy: number, signal: AbortSignal): Promise<TunnelStatus> {
    let launched: RunningTunnel;
    try {
      launched = await launch(signal);
    } catch (error) {
      step("fail", describeError(error));
      throw error;
    }
    const outcome = Promise.race([launched.ready, launched.ended, whenAborted(signal)]);
    await settlesWithin(outcome, Math.max(0, answerBy - performance.now()));
    if (running === launched && step("ready", ready ? "it accepts" : "it goes on trying")) return status();
    throw launched.whyEnded() ?? startFailed(launched.logFile);
  }

  async function launch(signal: AbortSignal): Promise<RunningTunnel> {
    const launched = await driver.launch({ config, placement, carrier: failoverOrder.current(), signal });
    follow(launched);
    return launched;
  }

  function revive(wanted: Placement): void {
    if (!step("start", "meant to be up")) return;
    placement = wanted;
    parts.plan.reset();
    failoverOrder.reset();
    step("lose", "meant to be up");
    recovery.begin(undefined);
  }

  async function joinRecovery(answerBy: number): Promise<TunnelStatus> {
    recovery.retryNow();
    await settlesWithin(recovery.settled(), Math.max(0, answerBy - performance.now()));
    if (running !== undefined) return status();
    throw recovery.lastFailure() ?? startFailed(logFile);
  }

  async function stop(): Promise<TunnelStatus> {
    if (stopping !== undefined) return stopping;
    if (step("clear", "brought down")) return status();
    if (state !== "stopping" && !step("stop", "brought down")) {
      throw new Failure("not-running", "WireProxy is not running");
    }
    stopping = bringDown().finally(() => {
      stopping = undefined;
    });
    return stopping;
  }

  async function bringDown(): Promise<TunnelStatus> {
    cancel.abort();
    recovery.cancel();
    await starting?.catch(() => undefined);
    await recovery.settled();
    await running?.stop();
    step("stopped", "brought down");
    return status();
  }

  async function restart(answerBy: number): Promise<TunnelStatus> {
    if (state === "running") replaceProcess("restarted on request", "graceful");
    return await start(answerBy, placement);
  }

  /** Ends the process for a better one; whoever joins meanwhile joins the recovery. */
  function replaceProcess(why: string, ending: Ending): void {
    const former = running;
    if (former === undefined || !step("lose", why)) return;
    leave();
    audit("ACTION", `${config}: ending ${describeCarrier(former)}: ${why}`);
    recovery.begin(former.stop(ending).catch((error) => audit("ERROR", `${config}: ${describeError(error)}`)));
  }

  async function stopped(): Promise<void> {
    await stopping?.catch(() => undefined);
  }

  async function noticeDeath(): Promise<void> {
    if (running !== undefined && !running.isAlive()) await settlesWithin(running.ended, DEATH_NOTICE_MS);
  }

  function adopt(found: RunningTunnel, fate: AdoptedFate): void {
    failoverOrder.select(found.carrier);
    step("start", "found running");
    follow(found);
    step("ready", "found running");
    audit("ACTION", `${config}: adopted ${describeCarrier(found)}${fate === "keep" ? "" : ", which does not listen"}`);
    if (fate === "end") stop().catch((error) => audit("ERROR", `${config}: ${describeError(error)}`));
    if (fate === "replace") replaceProcess("it does not listen", "graceful");
  }

  function follow(current: RunningTunnel): void {
    running = current;
    logFile = current.logFile;
    placement = pin(current, placement);
    keeper.follow(current);
    current.ready.then(() => {
      if (running === current) ready = true;
    });
    current.ended.then((ending) => {
      if (running !== current) return;
      leave();
      audit("INFO", `${config}: ${describeCarrier(current)} has ended (${ending})`);
      if (state === "running") died(current);
      else if (state === "starting") step("fail", "its process ended during the start");
      // A stop under way takes this step itself; one that had given up is over now.
      else if (state === "stopping" && stopping === undefined) step("stopped", "its process has ended");
    });
  }

  function died(former: RunningTunnel): void {
    if (!policy.recover) {
      step("end", "its process died");
      return;
    }
    step("lose", "its process died");
    recovery.beginAfter({ lived: parts.now() - former.startedAt, proven: former.isProven() });
  }

  function leave(): void {
    running = undefined;
    ready = false;
    keeper.leave();
  }

  function recovered(): void {
    restarts += 1;
    recoveredAt = performance.now();
    step("ready", ready ? "it accepts again" : "it goes on trying");
  }

  function givenUp(deaths: number): void {
    const failure = recovery.lastFailure();
    const how =
      failure === undefined
        ? `${deaths} deaths in a row; the last log is ${logFile ?? "missing"}`
        : `${deaths} tries in a row: ${failure.message}`;
    step("give-up", `given up after ${how}`);
  }

  function describeState(): { readonly state: TunnelState; readonly since: number; readonly reason: string } {
    return { state, since, reason };
  }

  function step(taken: TunnelStep, why: string): boolean {
    const next = nextState(state, taken);
    if (next === undefined) return false;
    audit("STATE", `${config}: ${state} -> ${next}: ${why}`);
    const from = state;
    state = next;
    since = parts.now();
    reason = why;
    if (isAtRest(next)) driver.releasePorts(config);
    bus.emit({ type: "tunnel_state", at: since, tunnel: name, from, to: next, reason: why });
    keeper.stateChanged();
    return true;
  }
}

/** The number of what runs within this very process would read as if the daemon were meant. */
function describeCarrier(running: RunningTunnel): string {
  return running.pid === process.pid ? "its client" : `process ${running.pid}`;
}

/** The next process has to be found where this one was. */
function pin(running: RunningTunnel, wanted: Placement): Placement {
  if (wanted.kind === "own") return wanted;
  if (running.ownAddress) return { kind: "own" };
  const port = Number(running.socks?.split(":").at(-1));
  return port > 0 ? { kind: "port", port } : wanted;
}

function startFailed(logFile: string | null): Failure {
  return new Failure("start-failed", `WireProxy failed to start. Check log: ${logFile ?? "none"}`);
}

/** The text is the protocol's: reference page wireproxy-daemon.md section 3.5. */
export function alreadyRunning(config: string): Failure {
  return new Failure("already-running", `WireProxy is already running with config: ${config}`, {
    hint: "stop it first",
  });
}
