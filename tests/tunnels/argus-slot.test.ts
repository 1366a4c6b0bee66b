import { afterEach, describe, expect, jest, test } from "bun:test";
import { settled, turn } from "../rig/event-loop.ts";
import { rejectionOf } from "../rig/rejection.ts";
import { createFakeTunnel } from "./fake-driver.ts";
import { createRunningSlot, createSlotRig } from "./manager-rig.ts";

const BUSY = "WireProxy is already running with config: us.conf";

afterEach(() => void jest.useRealTimers());

describe("while nothing runs", () => {
  test("while nothing runs, there is no status, and nothing to stop", async () => {
    const { slot } = createSlotRig();
    expect(await slot.status()).toBeUndefined();
    expect((await rejectionOf(slot.spinDown())).message).toBe("WireProxy is not running");
  });

  test("while nothing runs, spin_up starts the config, with or without its suffix", async () => {
    for (const name of ["us", "us.conf"]) {
      const { slot, driver } = createSlotRig();
      const starting = slot.spinUp(name);
      (await driver.next()).succeed().becomeReady();
      expect(await starting).toMatchObject({ config: "us.conf", state: "running", pid: 4_242 });
    }
  });

  test("while nothing runs, a config that is not there is refused, and the slot stays free", async () => {
    const { slot, driver } = createSlotRig();
    expect((await rejectionOf(slot.spinUp("nope"))).message).toBe("Configuration not found: nope.conf");
    expect(await slot.status()).toBeUndefined();
    const starting = slot.spinUp("eu");
    (await driver.next()).succeed().becomeReady();
    expect(await starting).toMatchObject({ config: "eu.conf" });
  });

  test("while nothing runs, after a death that is not to be recovered from, spin_up of any config starts at once", async () => {
    const { slot, driver, running } = await createRunningSlot({}, { policies: { "us.conf": { recover: false } } });
    running.end("died");
    const starting = slot.spinUp("eu");
    (await driver.next()).succeed(createFakeTunnel(7)).becomeReady();
    expect(await starting).toMatchObject({ config: "eu.conf", pid: 7 });
  });

  test("while nothing runs, a start that failed leaves the slot free, and its log in the status", async () => {
    const { slot, driver } = createSlotRig();
    const starting = slot.spinUp("us");
    (await driver.next()).succeed().end("died-during-startup");
    expect((await rejectionOf(starting)).code).toBe("start-failed");
    expect(await slot.status()).toMatchObject({ state: "idle", pid: null, log: "/logs/4242_us.log" });
  });
});

describe("while it starts", () => {
  test("while the tunnel starts, state tells of the child as soon as it exists, without waiting for it to be ready", async () => {
    const { slot, driver } = createSlotRig();
    const starting = slot.spinUp("us");
    const launch = await driver.next();
    expect(await slot.status()).toMatchObject({ state: "starting", pid: null });
    const running = launch.succeed();
    await turn();
    expect(await slot.status()).toMatchObject({ state: "starting", pid: 4_242, config: "us.conf" });
    running.becomeReady();
    await starting;
  });

  test("while the tunnel starts, of two configs that are asked for together the first wins, the other is told which", async () => {
    const { slot, driver } = createSlotRig();
    const first = slot.spinUp("us");
    const second = rejectionOf(slot.spinUp("eu"));
    (await driver.next()).succeed().becomeReady();
    expect(await first).toMatchObject({ config: "us.conf", pid: 4_242 });
    expect((await second).message).toBe(BUSY);
    expect(driver.launches.length).toBe(1);
  });

  test("while the tunnel starts, spin_up of the same config joins the start", async () => {
    const { slot, driver } = createSlotRig();
    const starts = [slot.spinUp("us"), slot.spinUp("us.conf"), slot.spinUp("us")];
    (await driver.next()).succeed().becomeReady();
    expect((await Promise.all(starts)).map((status) => status.pid)).toEqual([4_242, 4_242, 4_242]);
    expect(driver.launches.length).toBe(1);
  });

  test("while the tunnel starts, spin_up of another config is refused and names the first; the start goes on", async () => {
    const { slot, driver } = createSlotRig();
    const starting = slot.spinUp("us");
    const launch = await driver.next();
    const refused = await rejectionOf(slot.spinUp("eu"));
    expect([refused.code, refused.message]).toEqual(["already-running", BUSY]);
    launch.succeed().becomeReady();
    expect(await starting).toMatchObject({ config: "us.conf", state: "running" });
    expect(driver.launches.length).toBe(1);
  });

  test("while the tunnel starts, spin_down cancels it, stops the child and reports the stop", async () => {
    const { slot, driver } = createSlotRig();
    const starting = slot.spinUp("us");
    const running = (await driver.next()).succeed();
    await turn();
    const stopping = slot.spinDown();
    expect((await rejectionOf(starting)).code).toBe("start-failed");
    expect(await stopping).toMatchObject({ config: "us.conf", state: "idle", log: "/logs/4242_us.log" });
    expect(running.stops.length).toBe(1);
  });

  test("while the tunnel starts, the answer comes after 3.5 s at the latest, ready or not", async () => {
    jest.useFakeTimers();
    const { slot, driver } = createSlotRig();
    const starting = slot.spinUp("us");
    (await driver.next()).succeed();
    await turn();
    jest.advanceTimersByTime(3_499);
    expect(await settled(starting)).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await starting).toMatchObject({ state: "running", ready: false });
  });
});

describe("while it runs", () => {
  test("while the tunnel runs, spin_up is refused, of the same config or another one, there or not", async () => {
    const { slot, driver, running } = await createRunningSlot();
    for (const name of ["us", "eu", "nope"]) expect((await rejectionOf(slot.spinUp(name))).message).toBe(BUSY);
    expect([driver.launches.length, running.stops.length]).toEqual([1, 0]);
  });

  test("while the tunnel runs, as many clients as were told that nothing runs may join it late, each once", async () => {
    const { slot, driver } = createSlotRig();
    await Promise.all([slot.status(), slot.status(), slot.status()]);
    const starting = slot.spinUp("us");
    (await driver.next()).succeed().becomeReady();
    await starting;
    expect((await Promise.all([slot.spinUp("us"), slot.spinUp("us")])).map((status) => status.pid)).toEqual([
      4_242, 4_242,
    ]);
    expect((await rejectionOf(slot.spinUp("us"))).message).toBe(BUSY);
    expect(driver.launches.length).toBe(1);
  });

  test("while the tunnel runs, the time that a start takes does not count against those who may join late", async () => {
    jest.useFakeTimers();
    const { slot, driver } = createSlotRig();
    await Promise.all([slot.status(), slot.status()]);
    const starting = slot.spinUp("us");
    const running = (await driver.next()).succeed();
    await turn();
    jest.advanceTimersByTime(900);
    running.becomeReady();
    await starting;
    jest.advanceTimersByTime(900);
    expect(await slot.spinUp("us")).toMatchObject({ state: "running", pid: 4_242 });
  });

  test("while the tunnel runs, a late client that wants another config is refused all the same", async () => {
    const { slot, driver } = createSlotRig();
    await Promise.all([slot.status(), slot.status()]);
    const starting = slot.spinUp("us");
    (await driver.next()).succeed().becomeReady();
    await starting;
    expect((await rejectionOf(slot.spinUp("eu"))).message).toBe(BUSY);
  });

  test("while the tunnel runs, a client that was told that it runs is refused", async () => {
    const { slot } = await createRunningSlot();
    await slot.status();
    expect((await rejectionOf(slot.spinUp("us"))).message).toBe(BUSY);
  });

  test("while the tunnel runs, after a death that nobody has told of yet, state and spin_down know", async () => {
    const { slot, running } = await createRunningSlot({}, { policies: { "us.conf": { recover: false } } });
    running.vanish();
    const asked = Promise.all([slot.status(), rejectionOf(slot.spinDown())]);
    await turn();
    running.end("died");
    const [status, refused] = await asked;
    expect(status).toMatchObject({ state: "idle", pid: null, log: "/logs/4242_us.log" });
    expect(refused.message).toBe("WireProxy is not running");
  });
});
