import { afterEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../src/platform/failure.ts";
import type { Standing, WantedRegister, WantedTunnel } from "../../src/tunnels/driver/child-record.ts";
import { turn } from "../rig/event-loop.ts";
import { until } from "../rig/until.ts";
import { createFakeTunnel, createRecord } from "./fake-driver.ts";
import { later } from "./life/tunnel-rig.ts";
import { createManagerRig, holdStop, type ManagerRigOptions } from "./manager-rig.ts";

const AT_HOME: WantedTunnel = { config: "us.conf", socksPort: null, ownAddress: true };
const ELSEWHERE: WantedTunnel = { config: "us.conf", socksPort: 25_350, ownAddress: false };
const OFF = { policies: { "us.conf": { recover: false } } };

afterEach(() => void jest.useRealTimers());

describe("a tunnel is meant to be up", () => {
  test("a tunnel is meant to be up from when it runs until it is brought down, with the place where it is to be found", async () => {
    const rig = await createUp();
    expect(rig.wanted.list()).toEqual([AT_HOME]);
    await rig.manager.open("us").stop();
    expect(rig.wanted.list()).toEqual([]);
  });

  test("a tunnel is meant to be up on the port that it got, where that is not its config's", async () => {
    const rig = await createUp({}, { ownAddress: false, socks: "127.0.0.1:25350" });
    expect(rig.wanted.list()).toEqual([ELSEWHERE]);
  });

  test("not before its first child accepts: nobody was promised anything", async () => {
    const { manager, wanted, driver } = createManagerRig();
    const up = manager.up("us", later()).catch(() => undefined);
    await turn();
    expect(wanted.list()).toEqual([]);
    driver.launched().fail(new Failure("start-failed", "no"));
    await up;
    expect(wanted.list()).toEqual([]);
  });

  test("a tunnel is meant to be up while it recovers, and also once it is given up, until it is brought down", async () => {
    jest.useFakeTimers();
    const rig = await createUp();
    const tunnel = rig.manager.open("us");
    rig.running.end("died");
    await turn();
    while (tunnel.status().state === "recovering") {
      expect(rig.wanted.list()).toEqual([AT_HOME]);
      rig.driver.launched().fail(new Failure("start-failed", "no"));
      await turn();
      jest.advanceTimersByTime(36_000);
      await turn();
    }
    expect([tunnel.status().state, rig.wanted.list()]).toEqual(["failed", [AT_HOME]]);
    await tunnel.stop();
    expect(rig.wanted.list()).toEqual([]);
  });

  test("no more after a death from which it is not to recover", async () => {
    const rig = await createUp(OFF);
    expect(rig.wanted.list()).toEqual([AT_HOME]);
    rig.running.end("died");
    await turn();
    expect(rig.wanted.list()).toEqual([]);
  });

  test("no more after the daemon was told to stop; one that will not stop is still on record", async () => {
    const rig = await createUp();
    const up = rig.manager.up("eu", later());
    const stubborn = (await rig.driver.next()).succeed(createFakeTunnel(5));
    stubborn.becomeReady();
    await up;
    stubborn.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    await rig.manager.stopAll();
    expect(rig.wanted.list().map(({ config }) => config)).toEqual(["eu.conf"]);
  });

  test("how it fares is on record with it, after each change, until it is brought down", async () => {
    const rig = await createUp();
    expect(rig.wanted.standing("us.conf")).toMatchObject({ state: "running", restarts: 0 });
    rig.running.end("died");
    await turn();
    expect(rig.wanted.standing("us.conf")).toMatchObject({ state: "recovering", health: { health: "down" } });
    rig.driver.launched().fail(new Failure("start-failed", "no"));
    await rig.manager.open("us").stop();
    expect(rig.wanted.standing("us.conf")).toBeUndefined();
  });

  test("also after it was let go for another daemon", async () => {
    const rig = await createUp();
    await rig.manager.release();
    rig.running.end("died");
    await turn();
    expect([rig.wanted.list(), rig.running.isReleased, rig.driver.launches.length]).toEqual([[AT_HOME], true, 1]);
  });
});

describe("after the death of a daemon", () => {
  test("after the death of a daemon, what lives is adopted, and not started again", async () => {
    const { manager, driver, wanted } = await restart({ records: [createRecord("us.conf")], wanted: [AT_HOME] }, true);
    expect(manager.open("us").status()).toMatchObject({ state: "running", pid: 4_242 });
    expect([driver.launches.length, wanted.list()]).toEqual([0, [AT_HOME]]);
  });

  test("what lives is told of as little as if nothing had been", async () => {
    const up = await createUp();
    const rig = createManagerRig({ records: [createRecord("us.conf")], wanted: up.wanted.list() });
    rig.wanted.putStanding({ ...standingOf(up.wanted), since: 5 });
    const running = createFakeTunnel();
    rig.driver.survivors.set(running.logFile, { running, verified: true });
    await rig.manager.adoptAll();
    await turn();
    expect([rig.events, rig.manager.open("us").status().since]).toEqual([[], "1970-01-01T00:00:00.005Z"]);
  });

  test.each([
    [AT_HOME, { kind: "own" }],
    [ELSEWHERE, { kind: "port", socks: 25_350 }],
    [{ ...AT_HOME, ownAddress: false }, { kind: "any" }],
  ] as const)("what was up and has died too is brought up where it was: %j", async (tunnel, placement) => {
    const { manager, driver, wanted } = await restart({ records: [createRecord("us.conf")], wanted: [tunnel] });
    expect(manager.open("us").status().state).toBe("recovering");
    expect((await driver.next()).placement).toEqual(placement);
    expect(wanted.list()).toEqual([tunnel]);
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    await turn();
    expect(manager.open("us").status()).toMatchObject({ state: "running", pid: 7 });
  });

  test("after the death of a daemon, what was recovering when it died goes on recovering", async () => {
    const { driver } = await restart({ wanted: [AT_HOME] });
    expect((await driver.next()).config).toBe("us.conf");
  });

  test("after the death of a daemon, what is not to recover is left down, and off the record", async () => {
    const { driver, wanted } = await restart({ ...OFF, wanted: [AT_HOME] });
    await turn();
    expect([driver.launches.length, wanted.list()]).toEqual([0, []]);
  });

  test("after the death of a daemon, what is meant to be up and does not listen is replaced, one process after the other", async () => {
    const rig = createManagerRig({ records: [createRecord("us.conf")], wanted: [AT_HOME] });
    const running = createFakeTunnel();
    const release = holdStop(running);
    rig.driver.survivors.set(running.logFile, { running, verified: false });
    await rig.manager.adoptAll();
    await turn();
    expect([running.stops.length, rig.driver.launches.length, rig.wanted.list()]).toEqual([1, 0, [AT_HOME]]);
    release();
    (await rig.driver.next()).succeed(createFakeTunnel(7)).becomeReady();
    await turn();
    expect(rig.manager.open("us").status()).toMatchObject({ state: "running", pid: 7 });
  });

  test("after the death of a daemon, what does not listen and is not to recover is ended", async () => {
    const rig = createManagerRig({ ...OFF, records: [createRecord("us.conf")], wanted: [AT_HOME] });
    const running = createFakeTunnel();
    rig.driver.survivors.set(running.logFile, { running, verified: false });
    await rig.manager.adoptAll();
    await rig.manager.open("us").stopped();
    await turn();
    expect([running.stops.length, rig.driver.launches.length, rig.wanted.list()]).toEqual([1, 0, []]);
  });
});

describe("a tunnel that has ended the daemon again and again", () => {
  const BLAMED = { blame: { "us.conf": "it has ended the daemon 3 times within a minute: Error: a defect" } };

  test("it is not brought up again by itself, not when the network changes either, and says why", async () => {
    const { manager, driver, wanted } = await restart({ ...BLAMED, wanted: [AT_HOME] });
    await turn();
    manager.lookAgain();
    manager.autoStart("us");
    await turn();
    expect(driver.launches.length).toBe(0);
    expect(manager.open("us").status()).toMatchObject({ state: "failed", reason: BLAMED.blame["us.conf"] });
    expect(wanted.list()).toEqual([AT_HOME]);
  });

  test("its process that still runs is ended", async () => {
    const rig = createManagerRig({ ...BLAMED, records: [createRecord("us.conf")], wanted: [AT_HOME] });
    const running = createFakeTunnel();
    rig.driver.survivors.set(running.logFile, { running, verified: true });
    await rig.manager.adoptAll();
    await until("it is given up", () => rig.manager.open("us").status().state === "failed");
    expect([running.stops.length, rig.driver.launches.length]).toEqual([1, 0]);
  });

  test("it is brought up where somebody asks for it, and then looked after as any", async () => {
    const { manager, driver } = await restart({ ...BLAMED, wanted: [AT_HOME] });
    await turn();
    const up = manager.up("us", later());
    (await driver.next()).succeed().becomeReady();
    expect(await up).toMatchObject({ state: "running" });
  });
});

async function createUp(options: ManagerRigOptions = {}, traits: Parameters<typeof createFakeTunnel>[1] = {}) {
  const rig = createManagerRig(options);
  const up = rig.manager.up("us", later());
  const running = (await rig.driver.next()).succeed(createFakeTunnel(4_242, traits));
  running.becomeReady();
  await up;
  return { ...rig, running };
}

/** A daemon that finds these registers, and the child of `createFakeWay()` alive or not. */
async function restart(options: ManagerRigOptions, isAlive = false) {
  const rig = createManagerRig(options);
  const running = createFakeTunnel();
  if (isAlive) rig.driver.survivors.set(running.logFile, { running, verified: true });
  await rig.manager.adoptAll();
  return rig;
}

function standingOf(wanted: WantedRegister): Standing {
  const standing = wanted.standing("us.conf");
  if (standing === undefined) throw new Error("nothing is on record");
  return standing;
}
