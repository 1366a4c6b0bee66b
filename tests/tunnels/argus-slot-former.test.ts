import { describe, expect, test } from "bun:test";
import { createArgusSlot } from "../../src/tunnels/argus-slot.ts";
import { turn } from "../rig/event-loop.ts";
import { rejectionOf } from "../rig/rejection.ts";
import { createFakeTunnel, createRecord } from "./fake-driver.ts";
import { createManagerRig, holdStop } from "./manager-rig.ts";

const BUSY = "WireProxy is already running with config: us.conf";

describe("what a former daemon left", () => {
  test("what a former daemon left is in the slot from the beginning", async () => {
    const rig = createManagerRig();
    const running = createFakeTunnel();
    running.becomeReady();
    rig.driver.survivors.set(running.logFile, { running, verified: true });
    rig.register.put(createRecord("us.conf"));
    await rig.manager.adoptAll();
    const slot = createArgusSlot(rig.manager);
    expect(await slot.status()).toMatchObject({ config: "us.conf", state: "running", pid: 4_242 });
    expect((await rejectionOf(slot.spinUp("us"))).message).toBe(BUSY);
    expect(await slot.spinDown()).toMatchObject({ state: "idle" });
    expect(running.stops.length).toBe(1);
  });

  test("what a former daemon left and does not listen any more is stopped before anything is started", async () => {
    const rig = createManagerRig();
    const running = createFakeTunnel();
    const release = holdStop(running);
    rig.driver.survivors.set(running.logFile, { running, verified: false });
    rig.register.put(createRecord("us.conf"));
    await rig.manager.adoptAll();
    const slot = createArgusSlot(rig.manager);
    const starting = slot.spinUp("eu");
    await turn();
    expect(rig.driver.launches.length).toBe(0);
    release();
    (await rig.driver.next()).succeed(createFakeTunnel(7)).becomeReady();
    expect(await starting).toMatchObject({ config: "eu.conf", pid: 7 });
  });

  test("what a former daemon left and died meanwhile leaves the slot free", async () => {
    const rig = createManagerRig();
    rig.register.put(createRecord("us.conf"));
    await rig.manager.adoptAll();
    expect(await createArgusSlot(rig.manager).status()).toBeUndefined();
    expect(rig.entries).toEqual(["INFO us.conf: ended while no daemon ran"]);
  });
});
