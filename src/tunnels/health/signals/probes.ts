import { leaveUnreachable } from "../remedy.ts";
import { type Cause, judgeBad, type Signal } from "../signal.ts";
import { HEALTH_LIMITS } from "../thresholds.ts";

export const PROBE_FAILED: Cause = {
  action: "check the probe's target, and the far end's way to it",
  remedy: leaveUnreachable,
};

/** Whether what the owner asks for through the tunnel is answered. */
export function trackProbes(): Signal {
  let failed = 0;
  return {
    probed(result) {
      failed = result === "ok" ? 0 : failed + 1;
    },
    judge() {
      if (failed === 0) return undefined;
      const times = failed === 1 ? "failed" : `failed ${failed} times in a row`;
      const health = failed < HEALTH_LIMITS.failedProbes ? "degraded" : "down";
      return judgeBad(health, PROBE_FAILED, `the probe through it ${times}`);
    },
  };
}
