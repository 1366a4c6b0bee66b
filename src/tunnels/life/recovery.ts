import { noteFault } from "../../platform/containment.ts";
import { causeOf, Failure } from "../../platform/failure.ts";
import { pause, settlesWithin, whenAborted } from "../../platform/waiting.ts";
import type { RunningTunnel } from "../driver/driver.ts";
import type { FailoverOrder } from "./failover-order.ts";
import type { Death, NextTry, RecoveryPlan } from "./recovery-plan.ts";

/** A process that has not opened its listeners after this time will not: a resolver gives up after 10 s. */
const ACCEPTS_WITHIN_MS = 20_000;

/** A name server may be back at any time, and nobody tells when. */
const UNTIL_IT_PASSES_MS = 30_000;

interface RecoveryParts {
  /** Whose it is, see platform/containment.ts. */
  readonly part: string;
  readonly launch: (signal: AbortSignal) => Promise<RunningTunnel>;
  readonly plan: RecoveryPlan;
  readonly failoverOrder: FailoverOrder;
  readonly onReady: () => void;
  /** A try has failed, and it is known why. */
  readonly onFailed: (failure: Failure) => void;
  readonly onGivenUp: (deaths: number) => void;
  /** A fault of ours has ended the attempts. */
  readonly onFault: () => void;
}

/** Brings a tunnel up again, as often as its plan allows. One attempt at a time. */
export function createRecovery(parts: RecoveryParts) {
  const { plan, failoverOrder } = parts;
  let cancelled = new AbortController();
  let retrying = new AbortController();
  let running: Promise<void> | undefined;
  let failure: Failure | undefined;

  return {
    /** Starts at once, after `first` where there is something to wait for. */
    begin(first?: Promise<unknown>): void {
      failoverOrder.renew();
      run({ again: true, delay: 0 }, first);
    },
    /** Starts when the plan says so after a death. */
    beginAfter(death: Death): void {
      if (death.proven) failoverOrder.renew();
      run(plan.after(death, performance.now()));
    },
    /** Whoever waits for a try need not wait longer. */
    retryNow: () => retrying.abort(),
    /** Ends the attempts; a process that was started meanwhile is left to the caller. */
    cancel: () => cancelled.abort(),
    /** Resolves when the recovery under way has succeeded, been given up or cancelled; at once where there is none. */
    settled: async () => await running,
    /** Why the last try could not even start a process. */
    lastFailure: () => failure,
  };

  function run(next: NextTry, first?: Promise<unknown>): void {
    cancelled = new AbortController();
    const { signal } = cancelled;
    failure = undefined;
    const current = attempt(next, first, signal)
      .catch((error) => {
        noteFault(parts.part, error);
        parts.onFault();
      })
      .finally(() => {
        // The run that it brought up may have died already, and the next recovery have begun.
        if (running === current) running = undefined;
      });
    running = current;
  }

  async function attempt(start: NextTry, first: Promise<unknown> | undefined, signal: AbortSignal): Promise<void> {
    await first;
    for (let next = start; !signal.aborted; ) {
      if (!next.again) {
        const isLast = failoverOrder.isExhausted() || !failoverOrder.advance();
        if (isLast && !isPassing(failure)) return parts.onGivenUp(next.deaths);
        if (!isLast) plan.reset();
        next = { again: true, delay: isLast ? UNTIL_IT_PASSES_MS : 0 };
      }
      retrying = new AbortController();
      if (next.delay > 0) await pause(next.delay, AbortSignal.any([signal, retrying.signal]));
      if (signal.aborted) return;
      const death = await tryOnce(signal);
      if (signal.aborted) return;
      if (death === undefined) return parts.onReady();
      if (failure !== undefined) parts.onFailed(failure);
      next = plan.after(death, performance.now());
    }
  }

  /** @returns undefined where it succeeded. */
  async function tryOnce(signal: AbortSignal): Promise<Death | undefined> {
    const began = performance.now();
    try {
      const running = await parts.launch(signal);
      failure = undefined;
      let isReady = false;
      const ready = running.ready.then(() => {
        isReady = true;
      });
      const outcome = Promise.race([ready, running.ended, whenAborted(signal)]);
      const isInTime = await settlesWithin(outcome, ACCEPTS_WITHIN_MS);
      if (!isInTime && !running.reconnects) await running.stop("died-during-startup");
      // One that reconnects by itself gains nothing by being started anew.
      if ((isReady || (!isInTime && running.reconnects)) && running.isAlive()) return undefined;
      failure = running.whyEnded();
    } catch (error) {
      failure = error instanceof Failure ? error : new Failure("recovery-failed", String(error), { cause: error });
    }
    return { lived: performance.now() - began, proven: false };
  }
}

/** Whether a failure has nothing to do with the tunnel: at boot, names cannot be looked up yet. */
function isPassing(failure: Failure | undefined): boolean {
  return failure !== undefined && causeOf(failure).code === "name-unknown";
}
