import { afterEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../src/platform/failure.ts";
import { createArgusSlot } from "../../src/tunnels/argus-slot.ts";
import { turn } from "../rig/event-loop.ts";
import { rejectionOf } from "../rig/rejection.ts";
import { createFakeTunnel } from "./fake-driver.ts";
import { later } from "./life/tunnel-rig.ts";
import { createManagerRig, createRunningSlot, createSlotRig, holdStop } from "./manager-rig.ts";

const ELSEWHERE = { ownAddress: false, socks: "127.0.0.1:25350" };

test("spin_up listens at the config's own address and nowhere else, whatever port its owner gave it", async () => {
  const { slot, driver } = createSlotRig({ policies: { "us.conf": { socks: 25_350 } } });
  const starting = slot.spinUp("us");
  expect((await driver.next()).placement).toEqual({ kind: "own" });
  driver.launched().fail(new Failure("address-in-use", "127.0.0.1:25344 is taken"));
  expect((await rejectionOf(starting)).code).toBe("address-in-use");
  expect(driver.launches.length).toBe(1);
});

afterEach(() => void jest.useRealTimers());

describe("who is in the slot", () => {
  test("who is in the slot is nobody at first, then whom spin_up names, and that one while nothing else is up", async () => {
    const { slot, driver } = createSlotRig();
    expect(slot.occupant()).toBeUndefined();
    const starting = slot.spinUp("us");
    (await driver.next()).succeed().becomeReady();
    await starting;
    expect(slot.occupant()).toBe("us.conf");
    await slot.spinDown();
    expect(slot.occupant()).toBe("us.conf");
  });

  test("who is in the slot is a tunnel that was brought up beside it and listens at its own address", async () => {
    const { slot, manager, driver } = createSlotRig();
    const up = manager.up("eu", later());
    (await driver.next()).succeed(createFakeTunnel(5)).becomeReady();
    await up;
    expect(slot.occupant()).toBe("eu.conf");
    expect(await slot.status()).toMatchObject({ config: "eu.conf", state: "running", pid: 5 });
    expect((await rejectionOf(slot.spinUp("us"))).message).toBe("WireProxy is already running with config: eu.conf");
    expect(await slot.spinDown()).toMatchObject({ config: "eu.conf", state: "idle" });
  });

  test("who is in the slot is not a tunnel that listens elsewhere", async () => {
    const { slot, driver } = await createWithOneElsewhere();
    expect([slot.occupant(), await slot.status()]).toEqual([undefined, undefined]);
    expect((await rejectionOf(slot.spinDown())).code).toBe("not-running");
    const starting = slot.spinUp("us");
    (await driver.next()).succeed().becomeReady();
    expect(await starting).toMatchObject({ config: "us.conf" });
    expect(slot.occupant()).toBe("us.conf");
  });

  test("who is in the slot is not whom spin_up could not start, once it runs elsewhere", async () => {
    const { slot, manager, driver } = createSlotRig();
    const refused = rejectionOf(slot.spinUp("eu"));
    (await driver.next()).fail(new Failure("address-in-use", "127.0.0.1:25344 is taken"));
    expect((await refused).code).toBe("address-in-use");
    const up = manager.up("eu", later());
    (await driver.next()).succeed(createFakeTunnel(5, ELSEWHERE)).becomeReady();
    await up;
    expect([slot.occupant(), await slot.status()]).toEqual([undefined, undefined]);
    expect((await rejectionOf(slot.spinDown())).code).toBe("not-running");
    expect(manager.open("eu").status()).toMatchObject({ state: "running", pid: 5 });
  });

  test("who is in the slot stays whom spin_up named, however many others are up", async () => {
    const { slot, manager, driver } = await createRunningSlot();
    const up = manager.up("eu", later());
    (await driver.next()).succeed(createFakeTunnel(5, ELSEWHERE)).becomeReady();
    await up;
    expect(await slot.status()).toMatchObject({ config: "us.conf", pid: 4_242 });
    await slot.spinDown();
    expect(manager.open("eu").status()).toMatchObject({ state: "running", pid: 5 });
  });
});

describe("spin_up of a tunnel that listens elsewhere", () => {
  test("spin_up of a tunnel that listens elsewhere moves it home: one process after the other, and its former port is kept besides", async () => {
    const { slot, manager, driver, elsewhere } = await createWithOneElsewhere();
    const release = holdStop(elsewhere);
    const starting = slot.spinUp("eu");
    await turn();
    expect([elsewhere.stops.length, driver.launches.length]).toEqual([1, 1]);
    release();
    expect((await driver.next()).placement).toEqual({ kind: "own", alsoOn: 25_350 });
    driver.launched().succeed(createFakeTunnel(6)).becomeReady();
    expect(await starting).toMatchObject({ config: "eu.conf", pid: 6 });
    expect([slot.occupant(), manager.list().length]).toEqual(["eu.conf", 1]);
  });

  test("spin_up of a tunnel that listens elsewhere leaves it alone where a stranger has its config's port", async () => {
    const { slot, driver, elsewhere } = await createWithOneElsewhere();
    driver.strangers.add("eu.conf");
    expect((await rejectionOf(slot.spinUp("eu"))).code).toBe("address-in-use");
    expect([elsewhere.stops, driver.launches.length]).toEqual([[], 1]);
    expect(await slot.status()).toBeUndefined();
    driver.strangers.clear();
    const starting = slot.spinUp("eu");
    expect((await driver.next()).placement).toEqual({ kind: "own", alsoOn: 25_350 });
    driver.launched().succeed(createFakeTunnel(6)).becomeReady();
    expect(await starting).toMatchObject({ pid: 6 });
  });

  test("spin_up of a tunnel that is just coming up beside the slot waits to see where it listens", async () => {
    const { slot, manager, driver } = createSlotRig();
    const up = manager.up("eu", later());
    const launch = await driver.next();
    const starting = slot.spinUp("eu");
    await turn();
    launch.succeed(createFakeTunnel(5, ELSEWHERE)).becomeReady();
    await up;
    expect((await driver.next()).placement).toEqual({ kind: "own", alsoOn: 25_350 });
    driver.launched().succeed(createFakeTunnel(6)).becomeReady();
    expect(await starting).toMatchObject({ pid: 6 });
  });

  test("spin_up of a tunnel that listens elsewhere is not overtaken by a spin_up of another config meanwhile", async () => {
    const { slot, driver, elsewhere } = await createWithOneElsewhere();
    const release = holdStop(elsewhere);
    const starting = slot.spinUp("eu");
    await turn();
    const other = rejectionOf(slot.spinUp("us"));
    await turn();
    release();
    (await driver.next()).succeed(createFakeTunnel(6)).becomeReady();
    expect(await starting).toMatchObject({ config: "eu.conf", pid: 6 });
    expect((await other).message).toBe("WireProxy is already running with config: eu.conf");
    expect(driver.launches.length).toBe(2);
  });

  test("spin_up of a tunnel that listens elsewhere is not waited for longer than a client waits", async () => {
    const { slot, driver, elsewhere } = await createWithOneElsewhere();
    jest.useFakeTimers();
    const release = holdStop(elsewhere);
    const starting = slot.spinUp("eu");
    const others = [rejectionOf(slot.spinUp("us")), rejectionOf(slot.spinUp("eu"))];
    for (let step = 0; step < 45; step += 1) {
      await turn();
      jest.advanceTimersByTime(100);
    }
    for (const other of others) expect((await other).message).toStartWith("WireProxy failed to start. Check log: ");
    jest.useRealTimers();
    release();
    (await driver.next()).succeed(createFakeTunnel(6)).becomeReady();
    await starting.catch(() => undefined);
  });

  test("spin_up of a tunnel that listens elsewhere is not joined by one of another config in the same moment", async () => {
    const { slot, driver } = await createWithOneElsewhere();
    const starting = slot.spinUp("eu");
    const other = slot.spinUp("us").catch((error: Error) => error.message);
    (await driver.next()).succeed(createFakeTunnel(6)).becomeReady();
    expect(await starting).toMatchObject({ config: "eu.conf", pid: 6 });
    expect(driver.launches.map(({ config }) => config)).toEqual(["eu.conf", "eu.conf"]);
    expect(await other).toBe("WireProxy is already running with config: eu.conf");
  });

  test("spin_up of a tunnel that listened elsewhere and has been brought down meanwhile starts it at home alone", async () => {
    const { slot, manager, driver } = await createWithOneElsewhere();
    await manager.open("eu").stop();
    const starting = slot.spinUp("eu");
    expect((await driver.next()).placement).toEqual({ kind: "own" });
    driver.launched().succeed(createFakeTunnel(6)).becomeReady();
    await starting;
  });
});

test("the tunnel that the daemon before had in the slot is in it again", async () => {
  const rig = createManagerRig();
  for (const [name, pid] of [
    ["eu", 5],
    ["us", 6],
  ] as const) {
    const up = rig.manager.up(name, later());
    (await rig.driver.next()).succeed(createFakeTunnel(pid)).becomeReady();
    await up;
  }
  expect(createArgusSlot(rig.manager, "us.conf").occupant()).toBe("us.conf");
  expect(createArgusSlot(rig.manager, "gone.conf").occupant()).toBe("eu.conf");
  expect(createArgusSlot(rig.manager).occupant()).toBe("eu.conf");
});

/** `eu.conf` runs on a port that is not its config's. */
async function createWithOneElsewhere() {
  const rig = createSlotRig();
  const up = rig.manager.up("eu", later());
  const elsewhere = (await rig.driver.next()).succeed(createFakeTunnel(5, ELSEWHERE));
  elsewhere.becomeReady();
  await up;
  return { ...rig, elsewhere };
}
