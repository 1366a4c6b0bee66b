import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { createEventBus, type DaemonEvent } from "../../src/events/bus.ts";
import { createCarriers } from "../../src/tunnels/carriers.ts";
import type { Counters, Sign, Vitals } from "../../src/tunnels/health/vitals.ts";
import { createHealthKeeper } from "../../src/tunnels/health-keeper.ts";
import { createRecoveryPlan } from "../../src/tunnels/recovery-plan.ts";
import type { TunnelState } from "../../src/tunnels/state-machine.ts";
import type { TunnelPolicy } from "../../src/tunnels/tunnel-parts.ts";
import { turn } from "./event-loop.ts";
import { createFakeDriver, createFakeWay, FAKE_TIME, type FakeTraits } from "./fake-driver.ts";
import { POLICY } from "./tunnel-rig.ts";

const COUNTERS: Counters = { sent: 0, received: 0, handshakeAt: null, endpoint: "192.0.2.1:51820" };

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("looks", () => {
  test("begin when the process accepts, and come every 10 s while nothing moves", async () => {
    const { way, machine } = follow();
    await advance(4_000);
    expect(machine.looks).toBe(0);
    way.becomeReady();
    await turn();
    expect(machine.looks).toBe(1);
    for (const [pause, looks] of [
      [5_999, 1],
      [1, 2],
      [9_999, 2],
      [1, 3],
    ] as const) {
      await advance(pause);
      expect(machine.looks).toBe(looks);
    }
  });

  test("at several tunnels come at the same moments, whenever each was started", async () => {
    const first = await followReady();
    await advance(3_210);
    const second = await followReady();
    await advance(6_789);
    expect([first.machine.looks, second.machine.looks]).toEqual([1, 1]);
    await advance(1);
    expect([first.machine.looks, second.machine.looks]).toEqual([2, 2]);
  });

  test("come every second while in doubt", async () => {
    const { way, machine, learn } = await followReady();
    learn(["unanswered"]);
    await advance(10_000);
    const before = machine.looks;
    for (let second = 0; second < 3; second++) await advance(1_000);
    expect(machine.looks).toBe(before + 3);
    expect(way.stops).toEqual([]);
  });

  test("come at once where something has changed on this machine", async () => {
    const { keeper, machine } = await followReady();
    keeper.lookNow();
    await turn();
    expect(machine.looks).toBe(2);
  });

  test("end with the process, and leave no timer", async () => {
    const { keeper, machine } = await followReady();
    keeper.leave();
    expect(jest.getTimerCount()).toBe(0);
    keeper.lookNow();
    await advance(60_000);
    expect(machine.looks).toBe(1);
  });

  test("that cannot be answered do not end the looking", async () => {
    const { way, machine } = await followReady();
    way.observeWith(() => Promise.reject(new Error("no such file")));
    await advance(10_000);
    await advance(10_000);
    expect(machine.looks).toBe(3);
  });

  test("whose answer comes after the process was replaced say nothing about the next", async () => {
    const { way, keeper } = await followReady();
    const answer = Promise.withResolvers<Vitals>();
    way.observeWith(() => answer.promise);
    await advance(10_000);
    keeper.follow(createFakeWay(7));
    answer.resolve({ signs: [{ sign: "answered", at: performance.now() }], counters: { ...COUNTERS, sent: 9 } });
    await turn();
    expect([keeper.health().word, keeper.traffic()]).toEqual(["idle", null]);
  });
});

describe("what is told", () => {
  test("a peer that answers is healthy, with what was carried; the change is an event", async () => {
    const { keeper, learn, events } = await followReady();
    learn(["answered"], { sent: 300, received: 200, handshakeAt: FAKE_TIME - 5_000 });
    await advance(10_000);
    expect(keeper.health()).toMatchObject({ word: "healthy", action: null, since: FAKE_TIME });
    expect(keeper.traffic()).toEqual({ sent: 300, received: 200, handshakeAt: FAKE_TIME - 5_000 });
    expect(events).toMatchObject([{ type: "tunnel_health", tunnel: "us", from: "idle", to: "healthy" }]);
  });

  test("the word holds since it was first told, and is told once", async () => {
    const { keeper, learn, events, clock } = await followReady();
    learn(["answered"], { sent: 300, received: 200 });
    await advance(10_000);
    clock.time += 10_000;
    learn(["answered"], { sent: 600, received: 400 });
    await advance(10_000);
    expect([keeper.health().since, events.length]).toEqual([FAKE_TIME, 1]);
  });

  test.each([
    ["idle", "idle", null],
    ["stopping", "idle", null],
    ["starting", "idle", null],
    ["recovering", "down", null],
    ["failed", "down", "read its log, mend the cause, then: wpdaemon up us"],
    ["running", "idle", null],
  ] as const)("%s without a verdict is %s", (state, word, action) => {
    const { keeper, set } = create();
    set(state);
    expect(keeper.health()).toMatchObject({ word, action });
  });

  test("a process that stops answering for its counters is down after three looks, and hangs after 30 s", async () => {
    const { way, keeper, learn, restarts } = await followReady();
    learn([], { sent: 1 });
    await advance(10_000);
    way.observeWith(async () => ({ signs: [], counters: null }));
    for (let look = 0; look < 2; look++) await advance(10_000);
    expect(keeper.health().word).toBe("idle");
    await advance(10_000);
    expect(keeper.health()).toMatchObject({ word: "down", reason: "its SOCKS port does not accept" });
    for (let look = 0; look < 2; look++) await advance(10_000);
    expect(restarts).toEqual([]);
    await advance(10_000);
    expect(restarts).toEqual(["its SOCKS port does not accept (network-drop)"]);
  });

  test("a process that never told its counters does not hang for that", async () => {
    const { way, keeper } = await followReady();
    way.observeWith(async () => ({ signs: [], counters: null }));
    for (let look = 0; look < 10; look++) await advance(10_000);
    expect(keeper.health().word).toBe("idle");
  });
});

describe("what is done", () => {
  test("about a peer that is out of reach: nothing, for a restart would only break what survives", async () => {
    const { keeper, learn, restarts } = await followReady();
    learn(["unanswered", "unanswered", "unanswered"]);
    await advance(10_000);
    expect(keeper.health().word).toBe("down");
    for (let second = 0; second < 120; second++) await advance(1_000);
    expect(restarts).toEqual([]);
  });

  test("about one whose keys are worth nothing any more: one new process, and no second one", async () => {
    const { learn, restarts } = await followReady();
    learn(["unanswered", "unanswered", "unanswered"], { handshakeAt: FAKE_TIME - 180_001 });
    await advance(10_000);
    expect(restarts).toEqual(["the peer has not answered 3 handshakes (network-drop)"]);
    for (let second = 0; second < 120; second++) await advance(1_000);
    expect(restarts.length).toBe(1);
  });

  test("about one whose name stands for another address: it is followed", async () => {
    const { learn, restarts } = await followReady({ moved: true });
    learn(["unanswered"], { sent: 1 });
    await advance(10_000);
    expect(restarts).toEqual(["the peer has not answered a handshake (network-drop)"]);
  });

  test("with a failover list: after 25 s the next one is to carry it", async () => {
    const { learn, restarts, carriers } = await followReady({}, { failover: ["eu.conf"] });
    learn(["unanswered", "unanswered", "unanswered"]);
    await advance(10_000);
    for (let second = 0; second < 24; second++) await advance(1_000);
    expect([restarts.length, carriers.current()]).toEqual([0, null]);
    await advance(1_000);
    expect([restarts.length, carriers.current()]).toEqual([1, "eu.conf"]);
  });

  test("about a socket that cannot send although this machine has a network: one new process", async () => {
    const { learn, restarts } = await followReady();
    learn(Array.from({ length: 5 }, () => "send-failed"));
    await advance(10_000);
    expect(restarts).toEqual(["this machine cannot send to the peer: network is unreachable (network-drop)"]);
  });

  test("about a machine without a network: nothing, and that is what is told", async () => {
    const { keeper, learn, restarts, machine } = await followReady();
    machine.isReachable = false;
    learn(Array.from({ length: 5 }, () => "send-failed"));
    for (let second = 0; second < 60; second++) await advance(1_000);
    expect(keeper.health()).toMatchObject({ word: "down", reason: expect.stringContaining("has no network") });
    expect(restarts).toEqual([]);
  });

  test("while it is not running, or not to recover: nothing", async () => {
    for (const rig of [await followReady({}, { recover: false }), await followReady({}, {}, "starting")]) {
      rig.learn(Array.from({ length: 5 }, () => "send-failed"));
      await advance(10_000);
      expect(rig.restarts).toEqual([]);
    }
  });
});

function create(policy: Partial<TunnelPolicy> = {}, state: TunnelState = "running") {
  const bus = createEventBus();
  const events: DaemonEvent[] = [];
  bus.subscribe((event) => void events.push(event));
  const clock = { time: FAKE_TIME };
  const machine = { isReachable: true, looks: 0 };
  const restarts: string[] = [];
  const merged = { ...POLICY, ...policy };
  const carriers = createCarriers(merged.failover);
  let current = state;
  const keeper = createHealthKeeper({
    driver: createFakeDriver(),
    policy: merged,
    plan: createRecoveryPlan(),
    audit: () => undefined,
    bus,
    now: () => clock.time,
    isReachable: () => machine.isReachable,
    onLook: () => void machine.looks++,
    name: "us",
    describeState: () => ({ state: current, since: FAKE_TIME, reason: "of a test" }),
    carriers,
    onRestart: (why, ending) => void restarts.push(`${why} (${ending})`),
  });
  function set(next: TunnelState): void {
    current = next;
    keeper.stateChanged();
  }
  return { keeper, events, clock, machine, restarts, carriers, set };
}

function follow(traits: FakeTraits = {}, policy: Partial<TunnelPolicy> = {}, state: TunnelState = "running") {
  const rig = create(policy, state);
  const way = createFakeWay(4_242, traits);
  rig.keeper.follow(way);
  /** The next look finds these signs, every further one none; the counters stay. */
  function learn(signs: readonly Sign[], counters: Partial<Counters> = {}): void {
    let fresh = signs;
    way.observeWith(async () => {
      const at = performance.now();
      const found = fresh.map((sign) => ({
        sign,
        at,
        ...(sign === "send-failed" ? { detail: "network is unreachable" } : {}),
      }));
      fresh = [];
      return { signs: found, counters: { ...COUNTERS, ...counters } };
    });
  }
  return { ...rig, way, learn };
}

/** As `follow`, after the first look. */
async function followReady(...wanted: Parameters<typeof follow>) {
  const rig = follow(...wanted);
  rig.way.becomeReady();
  await turn();
  return rig;
}

async function advance(milliseconds: number): Promise<void> {
  jest.advanceTimersByTime(milliseconds);
  await turn();
}
