import { describe, expect, test } from "bun:test";
import { Failure } from "../../src/platform/failure.ts";
import { turn } from "../rig/event-loop.ts";
import { failureOf, rejectionOf } from "../rig/rejection.ts";
import { createFakeTunnel, createRecord } from "./fake-driver.ts";
import { later, OWN } from "./life/tunnel-rig.ts";
import { createManagerRig } from "./manager-rig.ts";

test("one config is one tunnel, by whichever of its names it is asked for", () => {
  const { manager } = createManagerRig();
  expect(manager.open("us")).toBe(manager.open("us.conf"));
  expect(manager.open("eu")).not.toBe(manager.open("us"));
  expect(manager.list().map((tunnel) => tunnel.config)).toEqual(["us.conf", "eu.conf"]);
});

test("a config that is not there makes no tunnel", () => {
  const { manager } = createManagerRig();
  expect(failureOf(() => manager.open("nope")).code).toBe("config-not-found");
  expect(manager.list()).toEqual([]);
});

test("adoptAll takes over what lives, and tells of what has ended", async () => {
  const { manager, driver, entries } = createManagerRig({
    records: [createRecord("us.conf", 1), createRecord("eu.conf", 2)],
  });
  driver.survivors.set("/logs/2_us.log", { running: createFakeTunnel(2), verified: true });
  await manager.adoptAll();
  expect(manager.list().map((tunnel) => tunnel.status())).toMatchObject([{ config: "eu.conf", pid: 2 }]);
  expect(entries).toContain("INFO us.conf: ended while no daemon ran");
});

test("a child that cannot be taken over is told of, and does not keep the others from it", async () => {
  const { manager, driver, entries } = createManagerRig({
    records: [createRecord("us.conf", 1), createRecord("eu.conf", 2)],
  });
  const adopt = driver.adopt;
  driver.adopt = async (record) => {
    if (record.config === "us.conf") throw new Failure("file-unusable", "cannot open the pipe");
    return adopt(record);
  };
  driver.survivors.set("/logs/2_us.log", { running: createFakeTunnel(2), verified: true });
  await manager.adoptAll();
  expect(manager.list().map((tunnel) => tunnel.config)).toEqual(["eu.conf"]);
  expect(entries).toContain("ERROR us.conf: not adopted: cannot open the pipe");
});

test("of two children of one config the one that listens is kept, and the other one is ended", async () => {
  const { manager, driver, entries } = createManagerRig({
    records: [createRecord("us.conf", 1), createRecord("us.conf", 2)],
  });
  const [idle, listening] = [createFakeTunnel(1), createFakeTunnel(2)];
  driver.survivors.set("/logs/1_us.log", { running: idle, verified: false });
  driver.survivors.set("/logs/2_us.log", { running: listening, verified: true });
  await manager.adoptAll();
  expect(manager.list().map((tunnel) => tunnel.status())).toMatchObject([{ state: "running", pid: 2 }]);
  expect([idle.stops.length, listening.stops.length]).toEqual([1, 0]);
  expect(entries).toContain("ACTION us.conf: ending process 1: another one carries it");
});

test("what runs is adopted, and stays within reach, even where its config is gone", async () => {
  const { manager, driver } = createManagerRig({ records: [createRecord("removed.conf", 3)] });
  driver.survivors.set("/logs/3_us.log", { running: createFakeTunnel(3), verified: true });
  await manager.adoptAll();
  expect(manager.list().map((tunnel) => tunnel.status())).toMatchObject([{ config: "removed.conf", pid: 3 }]);
  for (const name of ["removed", "removed.conf"]) expect(manager.open(name).status()).toMatchObject({ pid: 3 });
  await manager.open("removed").stop();
  expect(() => manager.open("removed")).toThrow("Configuration not found: removed.conf");
});

test("a tunnel that is down is forgotten with its config, and one that was given up is not", async () => {
  const { manager, configs } = createManagerRig();
  manager.open("us");
  manager.open("eu").giveUp("a fault");
  configs.clear();
  expect(manager.list().map(({ config }) => config)).toEqual(["eu.conf"]);
});

test("stopAll stops what runs and what starts, and lets the idle be", async () => {
  const { manager, driver } = createManagerRig();
  const up = manager.open("us").start(later(), OWN);
  const running = driver.launched().succeed();
  running.becomeReady();
  await up;
  const starting = manager.open("eu").start(later(), OWN);
  const launch = driver.launched();
  const stopping = manager.stopAll();
  expect(launch.signal.aborted).toBe(true);
  launch.fail(new Failure("start-failed", "stopped"));
  await Promise.allSettled([starting, stopping]);
  await manager.stopAll();
  expect(manager.list().map((tunnel) => tunnel.status().state)).toEqual(["idle", "idle"]);
  expect(running.stops.length).toBe(1);
});

test("stopAll does not fail because of a tunnel that will not stop: it stops the others and tells", async () => {
  const { manager, driver, entries } = createManagerRig({
    records: [createRecord("us.conf", 1), createRecord("eu.conf", 2)],
  });
  const [stubborn, other] = [createFakeTunnel(1), createFakeTunnel(2)];
  stubborn.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs", { hint: "wait" })));
  driver.survivors.set("/logs/1_us.log", { running: stubborn, verified: true });
  driver.survivors.set("/logs/2_us.log", { running: other, verified: true });
  await manager.adoptAll();
  await manager.stopAll();
  expect(manager.list().map((tunnel) => tunnel.status().state)).toEqual(["stopping", "idle"]);
  expect(entries).toContain("ERROR us.conf: it hangs (wait)");
});

describe("up, beside others", () => {
  test("a tunnel that is brought up beside others listens at the config's address or elsewhere, or on the port that its owner set aside", async () => {
    const { manager, driver } = createManagerRig({ policies: { "eu.conf": { socks: 25_350 } } });
    const ups = [manager.up("us", later()), manager.up("eu", later())];
    await driver.next();
    expect(driver.launches.map(({ config, placement }) => [config, placement])).toEqual([
      ["us.conf", { kind: "any" }],
      ["eu.conf", { kind: "port", socks: 25_350 }],
    ]);
    for (const [index, launch] of driver.launches.entries()) launch.succeed(createFakeTunnel(index)).becomeReady();
    expect(await Promise.all(ups)).toMatchObject([{ pid: 0 }, { pid: 1 }]);
  });

  test("bringing up what is up already gives it as it is", async () => {
    const { manager, driver } = createManagerRig();
    const up = manager.up("us", later());
    (await driver.next()).succeed().becomeReady();
    await up;
    expect(await manager.up("us.conf", later())).toMatchObject({ state: "running", pid: 4_242 });
    expect(driver.launches.length).toBe(1);
  });

  test("bringing up what has just died, before anyone was told, joins its recovery", async () => {
    const { manager, driver } = createManagerRig();
    const up = manager.up("us", later());
    const running = (await driver.next()).succeed();
    running.becomeReady();
    await up;
    running.vanish();
    const again = manager.up("us", later());
    await turn();
    running.end("died");
    (await driver.next()).succeed(createFakeTunnel(7)).becomeReady();
    expect(await again).toMatchObject({ state: "running", pid: 7 });
  });

  test("bringing up a config that is not there is refused", async () => {
    expect((await rejectionOf(createManagerRig().manager.up("nope", later()))).code).toBe("config-not-found");
  });
});

test("lookAgain reaches every tunnel: one that waits for its next try begins it", async () => {
  const { manager, driver } = createManagerRig();
  const up = manager.up("us", later());
  const running = (await driver.next()).succeed();
  running.becomeReady();
  await up;
  running.end("died");
  (await driver.next()).fail(new Failure("start-failed", "no network"));
  await turn();
  expect(driver.launches.length).toBe(2);
  manager.lookAgain();
  await turn();
  expect(driver.launches.length).toBe(3);
  driver.launched().succeed(createFakeTunnel(7)).becomeReady();
  await turn();
  await manager.stopAll();
});
