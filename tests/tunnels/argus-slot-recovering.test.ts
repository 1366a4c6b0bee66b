import { afterEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../src/platform/failure.ts";
import { settled, turn } from "../rig/event-loop.ts";
import { rejectionOf } from "../rig/rejection.ts";
import { createFakeTunnel } from "./fake-driver.ts";
import { createRunningSlot, holdStop } from "./manager-rig.ts";

const BUSY = "WireProxy is already running with config: us.conf";

afterEach(() => void jest.useRealTimers());

describe("while it recovers", () => {
  test("while the tunnel recovers, state knows of the death, and of the new child as soon as it exists", async () => {
    const { slot, driver } = await createRecoveringSlot();
    expect(await slot.status()).toMatchObject({ state: "recovering", pid: null, log: "/logs/4242_us.log" });
    driver.launched().succeed(createFakeTunnel(7));
    await turn();
    expect(await slot.status()).toMatchObject({ state: "recovering", pid: 7, ready: false, log: "/logs/7_us.log" });
  });

  test("while the tunnel recovers, spin_up of the same config joins the recovery", async () => {
    const { slot, driver } = await createRecoveringSlot();
    const joined = [slot.spinUp("us"), slot.spinUp("us.conf")];
    await turn();
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    expect((await Promise.all(joined)).map(({ pid, state }) => [pid, state])).toEqual([
      [7, "running"],
      [7, "running"],
    ]);
    expect(driver.launches.length).toBe(2);
  });

  test("while the tunnel recovers, spin_up of the same config does not wait for the next try: it begins at once", async () => {
    jest.useFakeTimers();
    const { slot, driver } = await createRecoveringSlot();
    driver.launched().fail(new Failure("address-in-use", "taken"));
    await turn();
    expect(driver.launches.length).toBe(2);
    const joined = slot.spinUp("us");
    (await driver.next()).succeed(createFakeTunnel(7)).becomeReady();
    expect(await joined).toMatchObject({ state: "running", pid: 7 });
    expect(driver.launches.length).toBe(3);
  });

  test("while the tunnel recovers, spin_up of the same config is answered within 3.5 s, with what stands in the way", async () => {
    jest.useFakeTimers();
    const { slot, driver } = await createRecoveringSlot();
    const joined = rejectionOf(slot.spinUp("us"));
    await turn();
    driver.launched().fail(new Failure("address-in-use", "taken by another program"));
    await turn();
    jest.advanceTimersByTime(499);
    expect(await settled(joined)).toBe(false);
    jest.advanceTimersByTime(3_001);
    await turn();
    driver.launched().fail(new Failure("address-in-use", "taken by another program"));
    expect((await joined).message).toBe("taken by another program");
  });

  test("while the tunnel recovers, spin_up of another config replaces it", async () => {
    const { slot, driver, manager } = await createRecoveringSlot();
    const starting = slot.spinUp("eu");
    await turn();
    const former = driver.launched();
    expect(former.signal.aborted).toBe(true);
    former.fail(new Failure("start-failed", "it was stopped meanwhile"));
    (await driver.next()).succeed(createFakeTunnel(7)).becomeReady();
    expect(await starting).toMatchObject({ config: "eu.conf", state: "running", pid: 7 });
    expect(slot.occupant()).toBe("eu.conf");
    expect(manager.open("us").status()).toMatchObject({ state: "idle", pid: null });
    expect(driver.launches.map(({ config }) => config)).toEqual(["us.conf", "us.conf", "eu.conf"]);
  });

  test("while the tunnel recovers, spin_up of another config ends a child that was on its way", async () => {
    const { slot, driver } = await createRecoveringSlot();
    const former = driver.launched().succeed(createFakeTunnel(6));
    await turn();
    const starting = slot.spinUp("eu");
    (await driver.next()).succeed(createFakeTunnel(7)).becomeReady();
    expect(await starting).toMatchObject({ config: "eu.conf", pid: 7 });
    expect(former.stops.length).toBe(1);
  });

  test("while the tunnel recovers, of two that ask meanwhile, the one that replaces it wins, the other is told which", async () => {
    const { slot, driver } = await createRecoveringSlot();
    const running = driver.launched().succeed(createFakeTunnel(6));
    await turn();
    const release = holdStop(running);
    const first = slot.spinUp("eu");
    await turn();
    const second = rejectionOf(slot.spinUp("us"));
    await turn();
    release();
    (await driver.next()).succeed(createFakeTunnel(7)).becomeReady();
    expect(await first).toMatchObject({ config: "eu.conf", pid: 7 });
    expect((await second).message).toBe("WireProxy is already running with config: eu.conf");
    expect(driver.launches.length).toBe(3);
  });

  test("while the tunnel recovers, spin_up of a config that is not there is refused, and the recovery goes on", async () => {
    const { slot, driver } = await createRecoveringSlot();
    expect((await rejectionOf(slot.spinUp("nope"))).code).toBe("config-not-found");
    expect(driver.launched().signal.aborted).toBe(false);
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    await turn();
    expect(await slot.status()).toMatchObject({ config: "us.conf", state: "running", pid: 7 });
  });

  test("while the tunnel recovers, spin_down tells, as state does, that nothing runs, and ends the recovery all the same", async () => {
    jest.useFakeTimers();
    const { slot, driver } = await createRecoveringSlot();
    driver.launched().fail(new Failure("address-in-use", "taken"));
    await turn();
    expect((await rejectionOf(slot.spinDown())).message).toBe("WireProxy is not running");
    expect(await slot.status()).toMatchObject({ config: "us.conf", state: "idle", pid: null });
    expect([jest.getTimerCount(), driver.launches.length]).toEqual([0, 2]);
  });
});

describe("when it has just recovered", () => {
  test("when the tunnel has just recovered, spin_up of the same config joins it: its client saw it die", async () => {
    jest.useFakeTimers();
    const { slot, driver } = await createRecoveringSlot();
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    await turn();
    jest.advanceTimersByTime(9_999);
    for (let client = 0; client < 5; client++)
      expect(await slot.spinUp("us")).toMatchObject({ state: "running", pid: 7 });
    jest.advanceTimersByTime(1);
    expect((await rejectionOf(slot.spinUp("us"))).message).toBe(BUSY);
    expect(driver.launches.length).toBe(2);
  });

  test("when the tunnel has just recovered, spin_up of another config is refused", async () => {
    const { slot, driver } = await createRecoveringSlot();
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    await turn();
    expect((await rejectionOf(slot.spinUp("eu"))).message).toBe(BUSY);
  });
});

describe("after it was given up", () => {
  test("after the tunnel was given up, state tells of the last log, spin_down that nothing runs, and then it is idle", async () => {
    const { slot, manager } = await createFailedSlot();
    expect(await slot.status()).toMatchObject({ config: "us.conf", state: "failed", pid: null });
    expect((await rejectionOf(slot.spinDown())).message).toBe("WireProxy is not running");
    expect(manager.open("us").status().state).toBe("idle");
  });

  test.each(["us", "eu"])("after the tunnel was given up, spin_up of %s starts it anew", async (name) => {
    const { slot, driver } = await createFailedSlot();
    const starting = slot.spinUp(name);
    (await driver.next()).succeed(createFakeTunnel(9)).becomeReady();
    expect(await starting).toMatchObject({ config: `${name}.conf`, state: "running", pid: 9, restarts: 0 });
  });

  test("after the tunnel was given up, spin_up of another config ends it for good: it does not come back beside the other", async () => {
    const { slot, driver, manager, wanted } = await createFailedSlot();
    expect(wanted.list().map(({ config }) => config)).toEqual(["us.conf"]);
    const starting = slot.spinUp("eu");
    (await driver.next()).succeed(createFakeTunnel(9)).becomeReady();
    await starting;
    manager.lookAgain();
    await turn();
    expect(manager.open("us").status().state).toBe("idle");
    expect(wanted.list().map(({ config }) => config)).toEqual(["eu.conf"]);
  });
});

/** `us.conf` died a moment ago, and its next launch is under way. */
async function createRecoveringSlot() {
  const rig = await createRunningSlot();
  rig.running.end("died");
  await turn();
  return rig;
}

/** Every try has failed. */
async function createFailedSlot() {
  jest.useFakeTimers();
  const rig = await createRecoveringSlot();
  for (let attempt = 0; attempt < 6; attempt++) {
    rig.driver.launched().fail(new Failure("start-failed", "no"));
    await turn();
    jest.advanceTimersByTime(40_000);
    await turn();
  }
  jest.useRealTimers();
  return rig;
}
