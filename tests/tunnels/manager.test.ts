import { expect, test } from "bun:test";
import { Failure } from "../../src/platform/failure.ts";
import { createTunnelManager } from "../../src/tunnels/manager.ts";
import { createFakeDriver, createFakeRegister, createFakeWay, createRecord } from "./fake-driver.ts";
import { failureOf } from "./wireproxy/program/rejection.ts";

test("one config is one tunnel, by whichever of its names it is asked for", () => {
  const { manager } = create();
  expect(manager.open("us")).toBe(manager.open("us.conf"));
  expect(manager.open("eu")).not.toBe(manager.open("us"));
  expect(manager.list().map((tunnel) => tunnel.config)).toEqual(["us.conf", "eu.conf"]);
});

test("a config that is not there makes no tunnel", () => {
  const { manager } = create();
  expect(failureOf(() => manager.open("nope")).code).toBe("config-not-found");
  expect(manager.list()).toEqual([]);
});

test("item 38: adoptAll takes over what lives, and tells of what has ended", async () => {
  const { manager, driver, entries } = create([createRecord("us.conf", 1), createRecord("eu.conf", 2)]);
  driver.survivors.set("/logs/2_us.log", { way: createFakeWay(2), verified: true });
  await manager.adoptAll();
  expect(manager.list().map((tunnel) => tunnel.status())).toMatchObject([{ config: "eu.conf", pid: 2 }]);
  expect(entries).toContain("INFO us.conf: ended while no daemon ran");
});

test("a child that cannot be taken over is told of, and does not keep the others from it", async () => {
  const { manager, driver, entries } = create([createRecord("us.conf", 1), createRecord("eu.conf", 2)]);
  const adopt = driver.adopt;
  driver.adopt = async (record) => {
    if (record.config === "us.conf") throw new Failure("file-unusable", "cannot open the pipe");
    return adopt(record);
  };
  driver.survivors.set("/logs/2_us.log", { way: createFakeWay(2), verified: true });
  await manager.adoptAll();
  expect(manager.list().map((tunnel) => tunnel.config)).toEqual(["eu.conf"]);
  expect(entries).toContain("ERROR us.conf: not adopted: cannot open the pipe");
});

test("what runs is adopted even where its config is gone", async () => {
  const { manager, driver } = create([createRecord("removed.conf", 3)]);
  driver.survivors.set("/logs/3_us.log", { way: createFakeWay(3), verified: true });
  await manager.adoptAll();
  expect(manager.list().map((tunnel) => tunnel.status())).toMatchObject([{ config: "removed.conf", pid: 3 }]);
});

test("stopAll stops what runs and what starts, and lets the idle be", async () => {
  const { manager, driver } = create();
  const running = manager.open("us").start(performance.now() + 60_000);
  const way = driver.launched().succeed();
  way.becomeReady();
  await running;
  const starting = manager.open("eu").start(performance.now() + 60_000);
  const launch = driver.launched();
  const stopping = manager.stopAll();
  expect(launch.signal.aborted).toBe(true);
  launch.fail(new Failure("start-failed", "stopped"));
  await Promise.allSettled([starting, stopping]);
  await manager.stopAll();
  expect(manager.list().map((tunnel) => tunnel.status().state)).toEqual(["idle", "idle"]);
  expect(way.stops).toBe(1);
});

test("stopAll does not fail because of a tunnel that will not stop: it stops the others and tells", async () => {
  const { manager, driver, entries } = create([createRecord("us.conf", 1), createRecord("eu.conf", 2)]);
  const [stubborn, other] = [createFakeWay(1), createFakeWay(2)];
  stubborn.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs", { hint: "wait" })));
  driver.survivors.set("/logs/1_us.log", { way: stubborn, verified: true });
  driver.survivors.set("/logs/2_us.log", { way: other, verified: true });
  await manager.adoptAll();
  await manager.stopAll();
  expect(manager.list().map((tunnel) => tunnel.status().state)).toEqual(["stopping", "idle"]);
  expect(entries).toContain("ERROR us.conf: it hangs (wait)");
});

function create(records: Parameters<typeof createFakeRegister>[0] = []) {
  const driver = createFakeDriver();
  const entries: string[] = [];
  const manager = createTunnelManager({
    driver,
    findConfig(name) {
      const full = name.endsWith(".conf") ? name : `${name}.conf`;
      if (full === "us.conf" || full === "eu.conf") return full;
      throw new Failure("config-not-found", `Configuration not found: ${full}`);
    },
    register: createFakeRegister(records),
    audit: (category, message) => void entries.push(`${category} ${message}`),
  });
  return { manager, driver, entries };
}
