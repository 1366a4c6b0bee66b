import { expect, test } from "bun:test";
import { Failure } from "../../../src/platform/failure.ts";
import type { Vitals } from "../../../src/tunnels/driver/vitals.ts";
import { describeHealth } from "../../../src/tunnels/life/describe-health.ts";
import { turn } from "../../rig/event-loop.ts";
import { FAKE_TIME } from "../fake-driver.ts";
import { createRunningTunnel } from "./tunnel-rig.ts";

test.each([
  ["idle", "idle", "not up: of a test", null],
  ["stopping", "idle", "not up: of a test", null],
  ["starting", "idle", "it is starting", null],
  ["recovering", "down", "being brought up again: of a test", null],
  ["failed", "down", "of a test", "read its log, mend the cause, then: wpdaemon up us"],
  ["running", "idle", "no traffic yet", null],
] as const)("a tunnel that is %s and of which nothing else is known is %s", (state, health, reason, action) => {
  expect(describeHealth({ config: "us.conf", state, reason: "of a test" }, undefined)).toEqual({
    health,
    reason,
    action,
  });
});

test("a tunnel whose start failed says why and what to do, without where to read it", () => {
  const cause = new Failure("name-unknown", "nobody has this name", { hint: "check Endpoint" });
  const failure = new Failure("start-failed", "Check log: /x (nobody has this name)", { hint: cause.hint, cause });
  const describe = (state: "idle" | "recovering") =>
    describeHealth({ config: "us.conf", state, reason: "of a test", failure }, undefined);
  expect(describe("idle")).toEqual({ health: "idle", reason: "not up: of a test", action: "check Endpoint" });
  expect(describe("recovering")).toEqual({
    health: "down",
    reason: "being brought up again: nobody has this name",
    action: "check Endpoint",
  });
});

test("a tunnel that runs fares as its peer does, and each change of the word is one event", async () => {
  const { tunnel, running, events } = await createRunningTunnel();
  const vitals: Vitals = { signs: [{ sign: "answered", at: performance.now() }], counters: null };
  running.observeWith(async () => vitals);
  for (let look = 0; look < 2; look++) {
    running.tellNews();
    await turn();
  }
  expect(tunnel.status()).toMatchObject({ health: "healthy", reason: "its peer answers", action: null });
  expect(events.filter(({ type }) => type === "tunnel_health")).toEqual([
    {
      type: "tunnel_health",
      at: FAKE_TIME,
      tunnel: "us",
      from: "idle",
      to: "healthy",
      reason: "its peer answers",
    },
  ]);
});
