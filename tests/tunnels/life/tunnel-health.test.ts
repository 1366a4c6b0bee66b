import { expect, test } from "bun:test";
import { createEventBus, type DaemonEvent } from "../../../src/events/bus.ts";
import type { Verdict } from "../../../src/tunnels/health/signal.ts";
import type { TunnelState } from "../../../src/tunnels/life/state-machine.ts";
import { createTunnelHealth } from "../../../src/tunnels/life/tunnel-health.ts";
import { FAKE_TIME } from "../fake-driver.ts";

test("a tunnel fares as its state says, and only while it runs as its verdict says", () => {
  const { health, become } = create();
  expect(health.known).toEqual({ health: "idle", reason: "never brought up", action: null });
  const told = (state: TunnelState) => become(state);
  expect(told("idle")).toMatchObject({ health: "idle", reason: "not up: of a test", action: null });
  expect(told("stopping")).toMatchObject({ health: "idle", action: null });
  expect(told("starting")).toMatchObject({ health: "idle", action: null });
  expect(told("recovering")).toMatchObject({ health: "down", action: null });
  expect(told("failed")).toMatchObject({
    health: "down",
    reason: "of a test",
    action: "read its log, mend the cause, then: wpdaemon up us",
  });
  expect(told("running")).toEqual({ health: "idle", reason: "no traffic yet", action: null });
});

test("a change of the word is an event, and is told once however often the reason changes", () => {
  const { become, events } = create();
  become("running", { health: "healthy", reason: "its peer answers", action: null, cause: null });
  become("running", { health: "healthy", reason: "its peer still answers", action: null, cause: null });
  become("running", { health: "idle", reason: "no traffic in the last 180 s", action: null, cause: null });
  expect(events).toEqual([
    {
      type: "tunnel_health",
      at: FAKE_TIME,
      tunnel: "us",
      from: "idle",
      to: "healthy",
      reason: "its peer answers",
    },
    expect.objectContaining({ from: "healthy", to: "idle" }),
  ]);
});

function create() {
  const bus = createEventBus();
  const events: DaemonEvent[] = [];
  bus.subscribe((event) => void events.push(event));
  const state: { current: TunnelState; reason: string } = { current: "idle", reason: "of a test" };
  let verdict: Verdict | undefined;
  const health = createTunnelHealth({ name: "us", bus, now: () => FAKE_TIME, state, verdict: () => verdict });
  function become(current: TunnelState, found?: Verdict) {
    state.current = current;
    verdict = found;
    health.update();
    return health.known;
  }
  return { health, events, become };
}
