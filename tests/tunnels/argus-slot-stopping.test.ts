import { afterEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../src/platform/failure.ts";
import { settled, turn } from "../rig/event-loop.ts";
import { rejectionOf } from "../rig/rejection.ts";
import { createFakeTunnel } from "./fake-driver.ts";
import { createRunningSlot, holdStop } from "./manager-rig.ts";

const BUSY = "WireProxy is already running with config: us.conf";

afterEach(() => void jest.useRealTimers());

describe("while it stops", () => {
  test("while the tunnel stops, spin_down joins the stop", async () => {
    const { slot, running } = await createRunningSlot();
    const [one, other] = await Promise.all([slot.spinDown(), slot.spinDown()]);
    expect(one).toEqual(other);
    expect(running.stops.length).toBe(1);
  });

  test("while the tunnel stops, state waits for the end of a quick stop", async () => {
    const { slot, running } = await createRunningSlot();
    const release = holdStop(running);
    const stopping = slot.spinDown();
    await turn();
    const status = slot.status();
    expect(await settled(status)).toBe(false);
    release();
    expect(await status).toMatchObject({ state: "idle", pid: null });
    await stopping;
  });

  test("while the tunnel stops, state answers within 100 ms where the stop takes long", async () => {
    jest.useFakeTimers();
    const { slot, running } = await createRunningSlot();
    const release = holdStop(running);
    const stopping = slot.spinDown();
    await turn();
    const status = slot.status();
    await turn();
    jest.advanceTimersByTime(99);
    expect(await status).toMatchObject({ state: "stopping" });
    release();
    await stopping;
  });

  test.each(["us", "eu"])("while the tunnel stops, spin_up of %s queues behind the stop", async (name) => {
    const { slot, driver, running } = await createRunningSlot();
    const release = holdStop(running);
    const stopping = slot.spinDown();
    await turn();
    const starting = slot.spinUp(name);
    await turn();
    expect(driver.launches.length).toBe(1);
    release();
    await stopping;
    (await driver.next()).succeed(createFakeTunnel(7)).becomeReady();
    expect(await starting).toMatchObject({ config: `${name}.conf`, pid: 7 });
  });

  test("while the tunnel stops, of two configs that queue behind it the first wins, the other is told which", async () => {
    const { slot, driver, running } = await createRunningSlot();
    const release = holdStop(running);
    const stopping = slot.spinDown();
    await turn();
    const first = slot.spinUp("us");
    const second = rejectionOf(slot.spinUp("eu"));
    release();
    await stopping;
    (await driver.next()).succeed(createFakeTunnel(7)).becomeReady();
    expect(await first).toMatchObject({ config: "us.conf", pid: 7 });
    expect((await second).message).toBe(BUSY);
    expect(driver.launches.length).toBe(2);
  });

  test("while the tunnel stops, spin_up answers within 4.5 s where the stop does not end", async () => {
    jest.useFakeTimers();
    const { slot, running } = await createRunningSlot();
    running.stopWith(() => new Promise(() => undefined));
    slot.spinDown();
    await turn();
    const refused = rejectionOf(slot.spinUp("us"));
    await turn();
    jest.advanceTimersByTime(4_400);
    expect((await refused).message).toBe(BUSY);
  });

  test("while the tunnel stops, a stop and a start together are answered within 4.5 s", async () => {
    jest.useFakeTimers();
    const { slot, driver, running } = await createRunningSlot();
    const release = holdStop(running);
    const stopping = slot.spinDown();
    await turn();
    const starting = slot.spinUp("us");
    await turn();
    jest.advanceTimersByTime(3_000);
    release();
    await stopping;
    (await driver.next()).succeed(createFakeTunnel(7));
    await turn();
    jest.advanceTimersByTime(1_399);
    expect(await settled(starting)).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await starting).toMatchObject({ pid: 7, ready: false });
  });

  test("while the tunnel stops, a stop that failed can be tried again; until then the slot is taken", async () => {
    const { slot, running } = await createRunningSlot();
    running.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    expect((await rejectionOf(slot.spinDown())).code).toBe("stop-failed");
    expect((await rejectionOf(slot.spinUp("eu"))).message).toBe(BUSY);
    running.stopWith(async () => running.end("killed"));
    expect(await slot.spinDown()).toMatchObject({ state: "idle" });
  });
});
