import { afterEach, describe, expect, jest, spyOn, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { DEFAULT_TUNNEL } from "../../../src/daemon/parts/tunnels.ts";
import { isReachable } from "../../../src/platform/network/network-watch.ts";
import * as managing from "../../../src/tunnels/manager.ts";
import { turn } from "../../rig/event-loop.ts";
import { until } from "../../rig/until.ts";
import { createFakeDrivers, createFakeTunnel, createRecord } from "../../tunnels/fake-driver.ts";
import { later } from "../../tunnels/life/tunnel-rig.ts";
import { createStateRig } from "../state/state-rig.ts";
import { bringUp, createRoom } from "./open-tunnels-rig.ts";

afterEach(() => void jest.useRealTimers());

describe("at the start", () => {
  test("at the start, what the settings say is brought up, on the port that they give it", async () => {
    await using rig = await createRoom({
      us: { ...DEFAULT_TUNNEL, autostart: true, socks: 25_350 },
      eu: DEFAULT_TUNNEL,
    });
    await turn();
    expect(rig.driver.launches.map(({ config, placement }) => [config, placement])).toEqual([
      ["us.conf", { kind: "port", socks: 25_350 }],
    ]);
    rig.driver.launched().succeed();
  });

  test("at the start, a tunnel that the settings bring up without a config is told, and the daemon serves", async () => {
    await using rig = await createRoom({ gone: { ...DEFAULT_TUNNEL, autostart: true } });
    expect(rig.entries).toEqual(["ERROR cannot bring up gone at the start: Configuration not found: gone.conf"]);
    expect(rig.room.slot.occupant()).toBeUndefined();
  });

  test("at the start, what was meant to be up comes back where it was, and is in the slot where it was there", async () => {
    using state = createStateRig();
    const former = state.open();
    former.wanted.put({ config: "us.conf", socksPort: null, ownAddress: true });
    former.wanted.put({ config: "eu.conf", socksPort: 25_350, ownAddress: false });
    former.setSlot("us.conf");
    await using rig = await createRoom({}, state);
    expect(rig.changeNetwork()).toBe(1);
    await turn();
    expect(rig.driver.launches.map(({ placement }) => placement)).toEqual([
      { kind: "own" },
      { kind: "port", socks: 25_350 },
    ]);
    expect(rig.room.slot.occupant()).toBe("us.conf");
    for (const launch of rig.driver.launches) launch.succeed();
  });

  test("at the start, what was up at its config's own address comes back there, though the settings name another port", async () => {
    using state = createStateRig();
    const former = state.open();
    former.wanted.put({ config: "us.conf", socksPort: null, ownAddress: true });
    former.setSlot("us.conf");
    await using rig = await createRoom({ us: { ...DEFAULT_TUNNEL, autostart: true, socks: 25_350 } }, state);
    await turn();
    for (const launch of rig.driver.launches) launch.succeed();
    expect(rig.driver.launches.map(({ placement }) => placement)).toEqual([{ kind: "own" }]);
    expect(rig.room.slot.occupant()).toBe("us.conf");
  });
});

test("the network is watched for a tunnel that the daemon before left running, before anything happens to it", async () => {
  using state = createStateRig();
  const former = state.open();
  const record = createRecord("us.conf");
  former.children.put(record);
  former.wanted.put({ config: "us.conf", socksPort: null, ownAddress: true });
  const driver = createFakeDrivers();
  driver.survivors.set(record.logFile, { running: createFakeTunnel(), verified: true });
  await using rig = await createRoom({}, state, driver);
  expect(rig.driver.launches).toEqual([]);
  expect(rig.changeNetwork()).toBe(1);
});

describe("what the owner wants of a tunnel", () => {
  test("a failover list without a config is told and passed over, the rest holds", async () => {
    await using rig = await createRoom({ us: { ...DEFAULT_TUNNEL, failover: ["gone", "eu"] } });
    rig.room.manager.open("us");
    expect(rig.entries).toEqual(['ERROR us.conf: there is no config "gone" to fail over to']);
  });

  test("one that is not to recover stays down after its death", async () => {
    await using rig = await createRoom({ us: { ...DEFAULT_TUNNEL, recover: false } });
    const running = await bringUp(rig, "us");
    running.end("died");
    await turn();
    expect(rig.room.manager.open("us").status().state).toBe("idle");
  });
});

describe("the slot", () => {
  test("the slot is on disk as soon as it is another one", async () => {
    await using rig = await createRoom({});
    const starting = rig.room.slot.spinUp("eu");
    await turn();
    rig.driver.launched().succeed().becomeReady();
    await starting;
    expect(rig.state.onDisk()).toMatchObject({ slot: "eu.conf", tunnels: [{ config: "eu.conf" }] });
  });

  test("the slot is the same after a hand-over that failed, whatever the daemon before had in it", async () => {
    using state = createStateRig();
    state.open().setSlot("us.conf");
    await using rig = await createRoom({}, state);
    const us = rig.room.manager.up("us", later());
    await turn();
    rig.driver
      .launched()
      .succeed(createFakeTunnel(1, { ownAddress: false, socks: "127.0.0.1:25350" }))
      .becomeReady();
    await us;
    const starting = rig.room.slot.spinUp("eu");
    await turn();
    rig.driver.launched().succeed(createFakeTunnel(2)).becomeReady();
    await starting;
    await rig.room.release();
    rig.file.freeze();
    rig.file.resume();
    expect(rig.file.formerSlot).toBe("eu.conf");
  });
});

test("health is in the audit log, with the reason", async () => {
  await using rig = await createRoom({});
  const running = await bringUp(rig, "us");
  running.end("died");
  await turn();
  expect(rig.entries).toContain("STATE us.conf: health idle -> down: being brought up again: its process died");
  rig.driver.launched().succeed();
});

describe("a config", () => {
  test("a config that comes, changes and goes is told, and whether its tunnel is up meanwhile", async () => {
    await using rig = await createRoom({});
    const told = () => rig.events.filter(({ type }) => type === "config_changed");
    writeFileSync(rig.config, "one");
    await until("added", () => told().length === 1);
    await bringUp(rig, "us");
    writeFileSync(rig.config, "two");
    await until("changed", () => told().length === 2);
    await rig.room.manager.open("us").stop();
    rmSync(rig.config);
    await until("removed", () => told().length === 3);
    const common = { type: "config_changed", at: rig.state.clock.time, tunnel: "us" } as const;
    expect(told()).toEqual([
      { ...common, change: "added", isRunning: false },
      { ...common, change: "changed", isRunning: true },
      { ...common, change: "removed", isRunning: false },
    ]);
    expect(rig.entries).toContain("INFO us.conf was changed");
  });

  test.each(["release", "stop"] as const)("a config is not looked at any more after %s", async (way) => {
    await using rig = await createRoom({});
    await using other = await createRoom({}, rig.state);
    await rig.room[way]();
    writeFileSync(rig.config, "one");
    await until("the other tells", () => other.events.some(({ type }) => type === "config_changed"));
    expect(rig.events.filter(({ type }) => type === "config_changed")).toEqual([]);
  });
});

test("a change of the network is an event, and every tunnel looks after itself at once", async () => {
  // With real ones the next look would come by itself.
  jest.useFakeTimers();
  await using rig = await createRoom({});
  expect(rig.changeNetwork()).toBe(0);
  const running = await bringUp(rig, "us");
  jest.useRealTimers();
  let looks = 0;
  running.observeWith(async () => {
    looks += 1;
    return { signs: [], counters: null };
  });
  expect(rig.changeNetwork()).toBe(1);
  expect(rig.events).toContainEqual({ type: "network_changed", at: rig.state.clock.time });
  expect(rig.entries).toContain("INFO the network has changed");
  await until("the look", () => looks > 0);
  expect(rig.looks()).toBeGreaterThan(0);
  await rig.room.manager.open("us").stop();
  expect(rig.changeNetwork()).toBe(0);
  await bringUp(rig, "us");
  expect(rig.changeNetwork()).toBe(1);
});

test("a machine that has slept is found out at the next look, and told as an event", async () => {
  await using rig = await createRoom({});
  await bringUp(rig, "us");
  rig.state.clock.time += 60_000;
  rig.changeNetwork();
  await until("the look", () => rig.events.some(({ type }) => type === "woke_up"));
  expect(rig.entries).toContain("INFO the machine has slept, or its clock was set");
});

test.each([
  ["release", 0],
  // The manager's own, which writes down that none is meant to be up any more.
  ["stop", 1],
] as const)("nothing looks at events or at the network any more after %s", async (way, left) => {
  await using rig = await createRoom({});
  await bringUp(rig, "us");
  expect(rig.listeners()).toBeGreaterThan(0);
  await rig.room[way]();
  expect([rig.listeners(), rig.changeNetwork()]).toEqual([left, 0]);
});

test("the tunnels are told whether this machine has a route to a peer", async () => {
  using create = spyOn(managing, "createTunnelManager");
  await using _ = await createRoom({});
  expect(create.mock.calls[0]?.[0].isReachable).toBe(isReachable);
});

test("letting go ends nothing, and leaves the tunnels on record as meant to be up", async () => {
  await using rig = await createRoom({});
  const running = await bringUp(rig, "us");
  await rig.room.release();
  expect([running.stops.length, running.isReleased]).toEqual([0, true]);
  expect(rig.state.onDisk()).toMatchObject({ slot: "us.conf", tunnels: [{ config: "us.conf" }] });
});

test("a stop ends them, and none is meant to be up any more", async () => {
  await using rig = await createRoom({});
  const running = await bringUp(rig, "us");
  await rig.room.stop();
  expect(running.stops.length).toBe(1);
  expect(rig.state.onDisk()).toMatchObject({ tunnels: [] });
});
