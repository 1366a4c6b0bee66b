import type * as v from "valibot";
import type { healthReportSchema, TunnelEntry } from "./schemas.ts";

/** The best first. A tunnel that carries nothing is no reason to worry, and none to call the whole healthy. */
const WORDS = ["idle", "healthy", "degraded", "down"] as const satisfies readonly TunnelEntry["health"][];

/** States of a tunnel that somebody wants to be up, one that could not be recovered (`failed`) too. */
const WANTED: readonly TunnelEntry["state"][] = ["running", "recovering", "failed"];

/** The worst word of the tunnels that are up or ought to be, and each one's own. */
export function judgeHealth(tunnels: readonly TunnelEntry[]): v.InferInput<typeof healthReportSchema> {
  const wanted = tunnels.filter(({ state }) => WANTED.includes(state));
  const worst = WORDS.findLast((word) => wanted.some(({ health }) => health === word));
  return {
    health: worst ?? "idle",
    tunnels: wanted.map(({ name, state, health, reason, action }) => ({ name, state, health, reason, action })),
  };
}
