import { expect, test } from "bun:test";
import { checkTunnels } from "../../../../src/cli/doctor/checks/tunnels.ts";
import { US_EAST } from "../../../rig/tunnel-entry.ts";
import { DAEMON, IDLE } from "../../daemon/stub-daemon.ts";
import { installation, SERVING } from "../circumstances.ts";

test("what is down or has failed is a problem with its reason and action, what is degraded a warning", async () => {
  using home = installation();
  const tunnels = [
    US_EAST,
    IDLE,
    { ...US_EAST, name: "a", health: "down", reason: "no answer", action: "look at its endpoint" } as const,
    { ...IDLE, name: "b", state: "failed", reason: "it would not start" } as const,
    { ...US_EAST, name: "c", health: "degraded", reason: "slow", action: null } as const,
  ];
  const daemon = { ...SERVING, status: { daemon: DAEMON, tunnels } };
  expect(await checkTunnels(home.see({ daemon }))).toEqual([
    { check: "tunnels", severity: "ok", message: "1 of 5 are healthy", remedy: null },
    { check: "tunnels", severity: "problem", message: "a is running, down: no answer", remedy: "look at its endpoint" },
    {
      check: "tunnels",
      severity: "problem",
      message: "b is failed, idle: it would not start",
      remedy: "wpdaemon logs b tells more",
    },
    { check: "tunnels", severity: "warning", message: "c is running, degraded: slow", remedy: null },
  ]);
});

test("without a daemon there is nothing to say", async () => {
  using home = installation();
  expect(await checkTunnels(home.see())).toEqual([]);
});
