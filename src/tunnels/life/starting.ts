import { letGo } from "../../platform/containment.ts";
import { describeError } from "../../platform/failure.ts";
import { settlesWithin, whenAborted } from "../../platform/waiting.ts";
import type { Placement, RunningTunnel } from "../driver/driver.ts";
import { alreadyRunning, type Life, startFailed } from "./life.ts";
import type { RecoveryPlan } from "./recovery-plan.ts";
import type { TunnelStatus } from "./status.ts";

/** How often to look at the health of one that does not accept yet: most accept sooner. */
const LOOK_MS = 800;

/** A start that was asked for: one run, from its launch until it accepts. What comes of it later is another stage's. */
export function createStarting(life: Life, plan: RecoveryPlan) {
  const { step, run } = life;
  let underWay: Promise<TunnelStatus> | undefined;
  let cancelled = new AbortController();

  return {
    get underWay() {
      return underWay;
    },
    /**
     * Resolves once it accepts, or at `answerBy` (a time of `performance.now()`) where it runs by then.
     * @throws Failure `already-running` where the tunnel is not at rest, `start-failed`, and as `Drivers.launch`.
     */
    begin(answerBy: number, placement: Placement): Promise<TunnelStatus> {
      if (!step("start", "brought up")) throw alreadyRunning(life.config);
      run.place(placement);
      life.forgetRestarts();
      plan.reset();
      life.failoverOrder.reset();
      cancelled = new AbortController();
      underWay = start(answerBy, cancelled.signal).finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
    /** Resolves once the start under way has come to its end; what it launched is left to the caller. */
    async cancel(): Promise<void> {
      cancelled.abort();
      await underWay?.catch(() => undefined);
    },
  };

  async function start(answerBy: number, signal: AbortSignal): Promise<TunnelStatus> {
    const launched = await launch(signal);
    const outcome = Promise.race([launched.ready, launched.ended, whenAborted(signal)]);
    await waitLooking(outcome, answerBy);
    const why = run.isReady ? "it accepts" : "it goes on trying";
    if (run.running === launched && step("ready", why)) return life.status();
    throw launched.whyEnded() ?? startFailed(launched.logFile);
  }

  /** Whoever waits for a peer that does not answer is told so by its health. */
  async function waitLooking(outcome: Promise<unknown>, answerBy: number): Promise<void> {
    for (;;) {
      const left = Math.max(0, answerBy - performance.now());
      if ((await settlesWithin(outcome, Math.min(left, LOOK_MS))) || left <= LOOK_MS) return;
      letGo(life.part, life.look());
    }
  }

  async function launch(signal: AbortSignal): Promise<RunningTunnel> {
    try {
      return await run.launch(signal);
    } catch (error) {
      step("fail", describeError(error));
      throw error;
    }
  }
}
