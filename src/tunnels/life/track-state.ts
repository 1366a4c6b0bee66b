import type { EventBus } from "../../events/bus.ts";
import type { Audit } from "../../platform/audit.ts";
import { tunnelNameOf } from "../config/names.ts";
import { nextState, type TunnelState, type TunnelStep } from "./state-machine.ts";

export interface TrackStateParts {
  readonly audit: Audit;
  readonly bus: EventBus;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export type StateTracker = ReturnType<typeof trackState>;

/**
 * The state of one tunnel; each change is an event, and stands in the audit log with its reason.
 * @param onChange called after each.
 */
export function trackState(
  config: string,
  { audit, bus, now }: TrackStateParts,
  onChange: (state: TunnelState) => void,
) {
  let current: TunnelState = "idle";
  let since = now();
  let reason = "never brought up";

  return {
    get current() {
      return current;
    },
    /** When it began, milliseconds since the epoch. */
    get since() {
      return since;
    },
    get reason() {
      return reason;
    },
    /** @returns false where the state machine refuses the step; then nothing happens. */
    step(taken: TunnelStep, why: string): boolean {
      const next = nextState(current, taken);
      if (next === undefined) return false;
      audit("STATE", `${config}: ${current} -> ${next}: ${why}`);
      const from = current;
      current = next;
      since = now();
      reason = why;
      bus.emit({ type: "tunnel_state", at: since, tunnel: tunnelNameOf(config), from, to: next, reason: why });
      onChange(next);
      return true;
    },
  };
}
