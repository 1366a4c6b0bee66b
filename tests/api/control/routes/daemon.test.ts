import { expect, test } from "bun:test";
import { judgeHealth } from "../../../../src/api/control/routes/daemon.ts";
import type { TunnelEntry } from "../../../../src/api/control/schemas.ts";
import { CARRYING } from "../control-rig.ts";

test("the whole is as well as the worst tunnel that is up or ought to be", () => {
  expect(overall(["running", "healthy"], ["running", "degraded"])).toBe("degraded");
  expect(overall(["running", "degraded"], ["recovering", "down"])).toBe("down");
  expect(overall(["running", "healthy"], ["failed", "down"])).toBe("down");
  expect(overall(["running", "healthy"], ["idle", "down"])).toBe("healthy");
});

test("a tunnel that carries nothing is no reason to worry", () => {
  expect(overall(["running", "idle"], ["running", "healthy"])).toBe("healthy");
  expect(overall(["running", "idle"])).toBe("idle");
  expect(overall()).toBe("idle");
});

test("each tunnel comes with its word and reason", () => {
  expect(judgeHealth([CARRYING]).tunnels).toEqual([
    { name: "us-east", state: "running", health: "healthy", reason: "answered a moment ago", action: null },
  ]);
});

function overall(...tunnels: readonly (readonly [TunnelEntry["state"], TunnelEntry["health"]])[]): string {
  return judgeHealth(tunnels.map(([state, health]) => ({ ...CARRYING, state, health }))).health;
}
