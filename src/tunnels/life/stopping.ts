import { Failure } from "../../platform/failure.ts";
import type { Life } from "./life.ts";
import type { TunnelStatus } from "./status.ts";

/**
 * A stop: whatever is under way is cancelled, then the run ended.
 * @param cancel resolves once no start and no recovery is under way.
 */
export function createStopping(life: Life, cancel: () => Promise<void>) {
  const { step, run, status } = life;
  let underWay: Promise<TunnelStatus> | undefined;

  return {
    get isUnderWay() {
      return underWay !== undefined;
    },
    /** Joins a stop under way. @throws Failure `not-running`, `stop-failed`; the latter can be tried again. */
    begin(): Promise<TunnelStatus> {
      if (underWay !== undefined) return underWay;
      if (life.state !== "stopping" && !step("stop", "brought down")) {
        throw new Failure("not-running", "WireProxy is not running");
      }
      underWay = bringDown().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
    /** Resolves when a stop under way is over, at once where there is none. */
    async over(): Promise<void> {
      await underWay?.catch(() => undefined);
    },
  };

  async function bringDown(): Promise<TunnelStatus> {
    await cancel();
    await run.running?.stop();
    step("stopped", "brought down");
    return status();
  }
}
