import { expect, test } from "bun:test";
import { nextState, type TunnelState, type TunnelStep } from "../../src/tunnels/state-machine.ts";

const STATES: readonly TunnelState[] = ["idle", "starting", "running", "stopping"];
const STEPS: readonly TunnelStep[] = ["start", "ready", "fail", "end", "stop", "stopped"];

/** Section 4.1, and the cancelled start of section 4.3. */
const EDGES = new Map<string, TunnelState>([
  ["idle start", "starting"],
  ["starting ready", "running"],
  ["starting fail", "idle"],
  ["starting stop", "stopping"],
  ["running stop", "stopping"],
  ["running end", "idle"],
  ["stopping stopped", "idle"],
]);

const cases = STATES.flatMap((state) =>
  STEPS.map((step) => ({ state, step, next: EDGES.get(`${state} ${step}`) ?? ("refused" as const) })),
);

test.each(cases)("section 4.1: $state, $step: $next", ({ state, step, next }) => {
  expect(nextState(state, step) ?? "refused").toBe(next);
});
