import { causeOf, type Failure } from "../../platform/failure.ts";
import { tunnelNameOf } from "../config/store/names.ts";
import type { Standing } from "../driver/child-record.ts";
import type { Verdict } from "../health/signal.ts";
import type { TunnelState } from "./state-machine.ts";

export type HealthText = Readonly<Standing["health"]>;

interface DescribedState {
  readonly config: string;
  readonly state: TunnelState;
  readonly reason: string;
  readonly failure?: Failure | undefined;
}

/**
 * How a tunnel fares, in the words of a user: by its state, and while it runs by the verdict on its run.
 * @param reason why it is in its state.
 * @param failure why its last start failed, where that is known.
 * @param verdict undefined while nothing is known of the run.
 */
export function describeHealth(
  { config, state, reason, failure }: DescribedState,
  verdict: Verdict | undefined,
): HealthText {
  switch (state) {
    case "idle":
    case "stopping":
      return { health: "idle", reason: `not up: ${reason}`, action: failure?.hint ?? null };
    case "starting":
      // A LinkSocks client says soon why it does not reach its server, and goes on trying.
      return verdict?.health === "down"
        ? { ...verdict, health: "idle", reason: `it is starting: ${verdict.reason}` }
        : { health: "idle", reason: "it is starting", action: null };
    case "recovering":
      return {
        health: "down",
        reason: `being brought up again: ${failure === undefined ? reason : causeOf(failure).message}`,
        action: failure?.hint ?? null,
      };
    case "failed": {
      const action = `read its log, mend the cause, then: wpdaemon up ${tunnelNameOf(config)}`;
      return { health: "down", reason, action };
    }
    case "running":
      return verdict ?? { health: "idle", reason: "no traffic yet", action: null };
  }
}
