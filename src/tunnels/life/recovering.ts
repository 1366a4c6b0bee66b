import { causeOf, describeError } from "../../platform/failure.ts";
import { settlesWithin } from "../../platform/waiting.ts";
import type { Standing } from "../driver/child-record.ts";
import type { Ending, Placement, RunningTunnel } from "../driver/driver.ts";
import { describeRun } from "./current-run.ts";
import { type Life, startFailed, type TunnelParts } from "./life.ts";
import { createRecovery } from "./recovery.ts";
import { isAtRest } from "./state-machine.ts";
import type { TunnelStatus } from "./status.ts";

interface RecoveringParts extends TunnelParts {
  /** A fault of ours has ended the attempts. */
  readonly onFault: () => void;
}

/** What a tunnel does by itself to be up again: after a death, for a better run, or because it is meant to be up. */
export function createRecovering(life: Life, { plan, policy, audit, now, onFault }: RecoveringParts) {
  const { config, step, run, failoverOrder } = life;
  const recovery = createRecovery({
    part: life.part,
    launch: run.launch,
    plan,
    failoverOrder,
    onReady: recovered,
    onFailed: life.explain,
    onGivenUp: givenUp,
    onFault,
  });
  let recoveredAt = Number.NEGATIVE_INFINITY;

  return {
    /**
     * Brings up what is meant to be up and has no run, and goes on trying.
     * @param standing how it fared under the daemon before.
     */
    revive(placement: Placement, standing?: Standing): void {
      if (!isAtRest(life.state)) return;
      if (standing !== undefined && life.state === "idle") life.takeUp(standing);
      if (isAtRest(life.state)) step("start", "meant to be up");
      run.place(placement);
      plan.reset();
      failoverOrder.reset();
      step("lose", standing === undefined ? "meant to be up" : "it did not outlive the daemon before");
      recovery.begin();
    },
    /** Ends the run for a better one; whoever joins meanwhile joins the recovery. */
    replace(why: string, ending: Ending): void {
      const former = run.running;
      if (former === undefined || !step("lose", why)) return;
      run.leave();
      audit("ACTION", `${config}: ending ${describeRun(former)}: ${why}`);
      recovery.begin(former.stop(ending).catch((error) => audit("ERROR", `${config}: ${describeError(error)}`)));
    },
    /** A run has died. */
    recoverFrom(former: RunningTunnel): void {
      const failure = former.whyEnded();
      const why = failure === undefined ? "its process died" : causeOf(failure).message;
      if (!policy.recover) {
        step("end", why);
        return;
      }
      step("lose", why);
      recovery.beginAfter({ lived: now() - former.startedAt, proven: former.isProven() });
    },
    /**
     * Resolves once it accepts, or at `answerBy` (a time of `performance.now()`) where it runs by then.
     * @throws Failure `start-failed`, or why the last try failed.
     */
    async join(answerBy: number): Promise<TunnelStatus> {
      recovery.retryNow();
      await settlesWithin(recovery.settled(), Math.max(0, answerBy - performance.now()));
      if (run.running !== undefined) return life.status();
      throw recovery.lastFailure() ?? startFailed(run.log);
    },
    retryNow: recovery.retryNow,
    /** Resolves once no try is under way; what it launched is left to the caller. */
    async cancel(): Promise<void> {
      recovery.cancel();
      await recovery.settled();
    },
    /** Tries no more; nobody waits for the try under way. */
    abandon: recovery.cancel,
    /** How many milliseconds ago it last came back by itself; infinite where it never did. */
    sinceRecovery: () => performance.now() - recoveredAt,
  };

  function recovered(): void {
    life.countRestart();
    recoveredAt = performance.now();
    step("ready", run.isReady ? "it accepts again" : "it goes on trying");
  }

  function givenUp(deaths: number): void {
    const failure = recovery.lastFailure();
    const how =
      failure === undefined
        ? `${deaths} deaths in a row; the last log is ${run.log ?? "missing"}`
        : `${deaths} tries in a row: ${failure.message}`;
    step("give-up", `given up after ${how}`);
  }
}
