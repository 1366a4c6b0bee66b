import { letGo } from "../../platform/containment.ts";
import { causeOf, describeError, Failure } from "../../platform/failure.ts";
import type { Standing } from "../driver/child-record.ts";
import type { Placement, RunningTunnel } from "../driver/driver.ts";
import { describeRun } from "./current-run.ts";
import { createLife, type TunnelParts } from "./life.ts";
import { prove } from "./proving.ts";
import { createRecovering } from "./recovering.ts";
import { createStarting } from "./starting.ts";
import type { TunnelStatus } from "./status.ts";

/** What becomes of a run that was found: one that does not listen is of use to nobody. */
type AdoptedFate = "keep" | "end" | "replace";

export type Tunnel = ReturnType<typeof createTunnel>;

/** One tunnel, from idle to running and back. Starts and stops of it never overlap; `status` never waits. */
export function createTunnel(config: string, parts: TunnelParts) {
  const { audit } = parts;
  const life = createLife(config, {
    ...parts,
    onEnded: ended,
    onFault: failByFault,
    onRemedy(remedy, why) {
      if (remedy === "failover") life.failoverOrder.advance();
      recovering.replace(why, "network-drop");
    },
  });
  const { step, run } = life;
  const starting = createStarting(life, parts.plan);
  const recovering = createRecovering(life, { ...parts, onFault: failByFault });
  /** Under way: whatever else is under way is cancelled, then the run ended. */
  let stopping: Promise<TunnelStatus> | undefined;
  /** By a fault of ours, which a changed network does not mend. */
  let isGivenUp = false;

  return {
    /** Config name with its suffix. */
    config,
    status: life.status,
    standing: life.standing,
    /** Where it listens: where its config says, or elsewhere; where it will have to, while nothing carries it. */
    placement: () => run.placement,
    start,
    /** Resolves once the run is gone; cancels a start and a recovery. @throws Failure `not-running`, `stop-failed`. */
    stop,
    /** Ends the run and starts another. Resolves once that one is ready. @throws Failure as `start`. */
    async restart(answerBy: number): Promise<TunnelStatus> {
      if (life.state === "running") recovering.replace("restarted on request", "graceful");
      return await start(answerBy, run.placement);
    },
    /** Resolves once its peer has answered. @throws Failure as `prove`. */
    prove: (answerBy: number) => prove(life, answerBy, parts.now),
    /** Resolves when a stop under way is over, at once where there is none. */
    stopped,
    noticeDeath: run.noticeDeath,
    /** Carries on with what a former daemon started, or ends it, or has another run in its place. */
    adopt(found: RunningTunnel, fate: AdoptedFate, standing?: Standing): void {
      life.failoverOrder.select(found.carrier);
      // Of a tunnel that simply went on, nothing is told.
      if (standing === undefined) step("start", "found running");
      else life.takeUp(standing);
      run.follow(found, fate === "keep");
      step("ready", "found running");
      audit("ACTION", `${config}: adopted ${describeRun(found)}${fate === "keep" ? "" : ", which does not listen"}`);
      if (fate === "end") stop().catch((error) => audit("ERROR", `${config}: ${describeError(error)}`));
      if (fate === "replace") recovering.replace("it does not listen", "graceful");
    },
    noteConfigChange: life.noteConfigChange,
    /** Brings up what is meant to be up and has no run, and goes on trying. */
    revive: recovering.revive,
    /** Does not bring up what is meant to be up, until somebody asks for it. */
    giveUp,
    /**
     * Something about this machine has changed: it looks at its peer at once, tries at once what it waits for, and tries
     * again what it had given up.
     */
    lookAgain(): void {
      if (life.state === "failed" && !isGivenUp) recovering.revive(run.placement);
      life.lookNow();
      run.running?.retryNow();
      recovering.retryNow();
    },
    /** How many milliseconds ago it last came back by itself; infinite where it never did. */
    sinceRecovery: recovering.sinceRecovery,
    /** Lets go of the run without ending it: another daemon carries on with it. */
    async release(): Promise<void> {
      await cancel();
      await stopped();
      const { running } = run;
      run.leave();
      await running?.release();
    },
  };

  /**
   * Resolves once the tunnel is ready, or runs but is not ready by `answerBy`, a time of `performance.now()`. A call
   * during a start or a recovery joins it, a call during a stop waits for that first.
   * @throws Failure `already-running`, `start-failed` and what `Drivers.launch` throws.
   */
  async function start(answerBy: number, placement: Placement): Promise<TunnelStatus> {
    if (life.state === "stopping") await stopped();
    if (life.state === "recovering") return await recovering.join(answerBy);
    if (life.state === "starting" && starting.underWay !== undefined) return await starting.underWay;
    isGivenUp = false;
    return await starting.begin(answerBy, placement);
  }

  /** Joins a stop under way; one that has failed can be tried again. */
  async function stop(): Promise<TunnelStatus> {
    if (step("clear", "brought down")) return life.status();
    if (stopping === undefined && life.state !== "stopping" && !step("stop", "brought down")) {
      throw new Failure("not-running", "WireProxy is not running");
    }
    stopping ??= bringDown().finally(() => {
      stopping = undefined;
    });
    return await stopping;
  }

  async function bringDown(): Promise<TunnelStatus> {
    await cancel();
    await run.running?.stop();
    step("stopped", "brought down");
    return life.status();
  }

  async function stopped(): Promise<void> {
    await stopping?.catch(() => undefined);
  }

  function giveUp(why: string): void {
    isGivenUp = true;
    step("start", "meant to be up");
    step("lose", why);
    step("give-up", why);
  }

  /** Nobody would care for it any more, so it is not left half done: it fails, and what ran is ended. */
  function failByFault(): void {
    const { running } = run;
    run.leave();
    recovering.abandon();
    if (running !== undefined) letGo(life.part, running.stop());
    giveUp("a fault of wpdaemon, which its audit log tells of");
  }

  async function cancel(): Promise<void> {
    await Promise.all([starting.cancel(), recovering.cancel()]);
  }

  function ended(former: RunningTunnel): void {
    if (life.state === "running") recovering.recoverFrom(former);
    else if (life.state === "starting") failed(former.whyEnded());
    // A stop that is under way takes this step itself; a stop that had failed is over now.
    else if (life.state === "stopping" && stopping === undefined) step("stopped", "its process has ended");
  }

  function failed(why: Failure | undefined): void {
    if (why !== undefined) life.explain(why);
    step("fail", why === undefined ? "its process ended during the start" : causeOf(why).message);
  }
}
