import { expect, test } from "bun:test";
import { isAtRest, nextState, type TunnelState, type TunnelStep } from "../../../src/tunnels/life/state-machine.ts";

const STATES: readonly TunnelState[] = ["idle", "starting", "running", "recovering", "stopping", "failed"];
const STEPS: readonly TunnelStep[] = ["start", "ready", "fail", "end", "lose", "give-up", "stop", "stopped", "clear"];

const EDGES = new Map<string, TunnelState>([
  ["idle start", "starting"],
  ["starting ready", "running"],
  ["starting fail", "idle"],
  ["starting lose", "recovering"],
  ["starting stop", "stopping"],
  ["running stop", "stopping"],
  ["running end", "idle"],
  ["running lose", "recovering"],
  ["recovering ready", "running"],
  ["recovering give-up", "failed"],
  ["recovering stop", "stopping"],
  ["stopping stopped", "idle"],
  ["failed start", "starting"],
  ["failed clear", "idle"],
]);

const cases = STATES.flatMap((state) =>
  STEPS.map((step) => ({ state, step, next: EDGES.get(`${state} ${step}`) ?? ("refused" as const) })),
);

test.each(cases)("a tunnel that is $state takes the step $step to $next", ({ state, step, next }) => {
  expect(nextState(state, step) ?? "refused").toBe(next);
});

test("nothing runs and nothing is tried while it is idle or failed", () => {
  expect(STATES.filter(isAtRest)).toEqual(["idle", "failed"]);
});
