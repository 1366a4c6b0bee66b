import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../../src/platform/failure.ts";
import { advance, turn } from "../../rig/event-loop.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { createFakeTunnel } from "../fake-driver.ts";
import { CHILD, createRunningTunnel, dieOften, later, OWN, stepsIn } from "./tunnel-rig.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("after a death", () => {
  test("after a death, the next child is started at once, at the same place", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    running.end("died");
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "recovering", pid: null, ready: false, log: CHILD.log });
    expect([driver.launches.length, driver.launched().placement]).toEqual([2, OWN]);
  });

  test("after a death, it runs again once the next one accepts, and not before", async () => {
    const { tunnel, driver, running, entries } = await createRunningTunnel();
    running.end("died");
    await turn();
    const next = driver.launched().succeed(createFakeTunnel(7));
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "recovering", pid: 7, ready: false });
    next.becomeReady();
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "running", pid: 7, ready: true, restarts: 1 });
    expect(stepsIn(entries).slice(2)).toEqual(["running -> recovering", "recovering -> running"]);
    expect(entries).toContain("STATE us.conf: recovering -> running: it accepts again");
  });

  test("after a death, its users are told: it is down while it recovers, with the reason", async () => {
    const { tunnel, running, events } = await createRunningTunnel();
    running.end("died");
    await turn();
    expect(tunnel.status()).toMatchObject({ health: "down", reason: "being brought up again: its process died" });
    expect(events.filter(({ type }) => type === "tunnel_health")).toMatchObject([{ from: "idle", to: "down" }]);
  });

  test("after a death, each restart counts; a start of a user's own begins anew", async () => {
    const { tunnel, driver, running } = await createRunningTunnel({ proven: true });
    let current = running;
    for (let count = 1; count <= 3; count++) {
      current.end("died");
      await turn();
      current = driver.launched().succeed(createFakeTunnel(count, { proven: true }));
      current.becomeReady();
      await turn();
      expect(tunnel.status()).toMatchObject({ state: "running", restarts: count });
    }
    await tunnel.stop();
    const starting = tunnel.start(later(), OWN);
    driver.launched().succeed().becomeReady();
    expect(await starting).toMatchObject({ restarts: 0 });
  });

  test("after a death, a tunnel that was ready and is of no use time and again is given up", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    let current = running;
    for (const delay of [0, 1_000, 2_000, 5_000, 10_000, 30_000]) {
      current.end("died");
      await advance(delay);
      expect(tunnel.status().state).toBe("recovering");
      current = driver.launched().succeed(createFakeTunnel(delay));
      current.becomeReady();
      await turn();
      expect(tunnel.status()).toMatchObject({ state: "running", pid: delay });
    }
    current.end("died");
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "failed", pid: null });
    expect([driver.launches.length, jest.getTimerCount()]).toEqual([7, 0]);
  });

  test("after a death, how long it lived is told by when it was started: after a minute the row begins anew", async () => {
    const { tunnel, driver, running, clock } = await createRunningTunnel();
    running.end("died");
    await turn();
    driver.launched().fail(new Failure("start-failed", "no"));
    await advance(1_000);
    const long = driver.launched().succeed(createFakeTunnel(7));
    long.becomeReady();
    await turn();
    clock.time += 60_000;
    long.end("died");
    await turn();
    expect([tunnel.status().state, driver.launches.length]).toEqual(["recovering", 4]);
  });
});

describe("a tally of deaths", () => {
  test("a tally of deaths ends in failed, which says how many and why, and leaves no timer", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    await dieOften(driver, running);
    expect(tunnel.status()).toMatchObject({
      state: "failed",
      pid: null,
      ready: false,
      health: "down",
      reason: "given up after 7 tries in a row: no",
      action: "read its log, mend the cause, then: wpdaemon up us",
    });
    expect([driver.launches.length, jest.getTimerCount()]).toEqual([7, 0]);
  });

  test("a tally of deaths is forgotten when it is brought up again", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    await dieOften(driver, running);
    const starting = tunnel.start(later(), OWN);
    const next = driver.launched().succeed(createFakeTunnel(7));
    next.becomeReady();
    expect(await starting).toMatchObject({ state: "running", pid: 7 });
    next.end("died");
    await turn();
    expect([tunnel.status().state, driver.launches.length]).toEqual(["recovering", 9]);
  });

  test("a stop of what was given up makes it idle", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    await dieOften(driver, running);
    expect(await tunnel.stop()).toMatchObject({ state: "idle", health: "idle" });
    expect((await rejectionOf(tunnel.stop())).code).toBe("not-running");
  });
});

test("its addresses are kept for it while it recovers, until it is given up or brought down", async () => {
  const { tunnel, driver, running } = await createRunningTunnel();
  running.end("died");
  await turn();
  expect(driver.released).toEqual([]);
  driver.launched().succeed(createFakeTunnel(7)).becomeReady();
  await turn();
  expect(driver.released).toEqual([]);
  await tunnel.stop();
  expect(driver.released).toEqual(["us.conf"]);
  const other = await createRunningTunnel();
  await dieOften(other.driver, other.running);
  expect(other.driver.released).toEqual(["us.conf"]);
});

test("where it is not to recover, a death makes it idle", async () => {
  const { tunnel, driver, running } = await createRunningTunnel({}, { recover: false });
  running.end("died");
  await turn();
  expect(tunnel.status()).toMatchObject({ state: "idle", pid: null, health: "idle" });
  expect([driver.launches.length, jest.getTimerCount()]).toEqual([1, 0]);
});

test("what has changed on this machine ends the wait for the next try", async () => {
  const { tunnel, driver, running } = await createRunningTunnel();
  running.end("died");
  await turn();
  driver.launched().fail(new Failure("start-failed", "no network"));
  await turn();
  tunnel.lookAgain();
  await turn();
  expect(driver.launches.length).toBe(3);
});

test("what has changed on this machine is a reason to try again what was given up, as often as ever", async () => {
  const { tunnel, driver, running } = await createRunningTunnel();
  await dieOften(driver, running);
  tunnel.lookAgain();
  await turn();
  expect([tunnel.status().state, driver.launches.length]).toEqual(["recovering", 8]);
  driver.launched().fail(new Failure("start-failed", "not yet"));
  await turn();
  expect([tunnel.status().state, driver.launches.length]).toEqual(["recovering", 9]);
  driver.launched().succeed(createFakeTunnel(7)).becomeReady();
  await turn();
  expect(tunnel.status()).toMatchObject({ state: "running", pid: 7 });
});

test("it knows how long ago it came back by itself", async () => {
  const { tunnel, driver, running } = await createRunningTunnel();
  expect(tunnel.sinceRecovery()).toBe(Number.POSITIVE_INFINITY);
  running.end("died");
  await turn();
  driver.launched().succeed(createFakeTunnel(7)).becomeReady();
  await turn();
  jest.advanceTimersByTime(1_234);
  expect(tunnel.sinceRecovery()).toBe(1_234);
});
