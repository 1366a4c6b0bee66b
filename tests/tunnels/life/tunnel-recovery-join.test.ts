import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../../src/platform/failure.ts";
import { advance, settled, turn } from "../../rig/event-loop.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { createFakeTunnel } from "../fake-driver.ts";
import { createRunningTunnel, dieOften, later, OWN, stepsIn } from "./tunnel-rig.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("a start while it recovers", () => {
  test("a start while the tunnel recovers joins: it has the next try begin at once and gets its child", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    running.end("died");
    await turn();
    driver.launched().fail(new Failure("start-failed", "no"));
    await turn();
    const joined = [tunnel.start(later(), OWN), tunnel.start(later(), OWN)];
    await turn();
    expect(driver.launches.length).toBe(3);
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    expect(await Promise.all(joined)).toMatchObject([
      { state: "running", pid: 7 },
      { state: "running", pid: 7 },
    ]);
  });

  test("a start while the tunnel recovers is told of the child that exists where its time is up first", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    running.end("died");
    await turn();
    driver.launched().succeed(createFakeTunnel(7));
    const joined = tunnel.start(performance.now() + 3_500, OWN);
    await advance(3_500);
    expect(await joined).toMatchObject({ state: "recovering", pid: 7, ready: false });
  });

  test("a start while the tunnel recovers fails with what stands in the way where its time is up and no child exists", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    running.end("died");
    await turn();
    driver.launched().fail(new Failure("address-in-use", "taken"));
    await turn();
    const joined = rejectionOf(tunnel.start(performance.now() + 500, OWN));
    await turn();
    driver.launched().fail(new Failure("address-in-use", "taken again"));
    await advance(500);
    expect((await joined).message).toBe("taken again");
  });

  test("a start while the tunnel recovers fails with the log where the last child has died", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    running.end("died");
    await turn();
    const joined = rejectionOf(tunnel.start(performance.now() + 500, OWN));
    driver.launched().succeed(createFakeTunnel(7)).end("died-during-startup");
    await advance(500);
    expect((await joined).message).toBe("WireProxy failed to start. Check log: /logs/7_us.log");
  });

  test("a start while the tunnel recovers is not told of what stood in the way of a former recovery", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    await dieOften(driver, running);
    const starting = tunnel.start(later(), OWN);
    const next = driver.launched().succeed(createFakeTunnel(7));
    next.becomeReady();
    await starting;
    next.end("died");
    await turn();
    const joined = rejectionOf(tunnel.start(performance.now() + 500, OWN));
    await advance(500);
    expect((await joined).message).toBe("WireProxy failed to start. Check log: /logs/7_us.log");
  });
});

describe("a stop while it recovers", () => {
  test("a stop while the tunnel recovers ends the wait at once", async () => {
    const { tunnel, driver, running, entries } = await createRunningTunnel();
    running.end("died");
    await turn();
    driver.launched().fail(new Failure("start-failed", "no"));
    await turn();
    expect(await tunnel.stop()).toMatchObject({ state: "idle", pid: null });
    expect([driver.launches.length, jest.getTimerCount()]).toEqual([2, 0]);
    expect(stepsIn(entries).slice(2)).toEqual(["running -> recovering", "recovering -> stopping", "stopping -> idle"]);
  });

  test("a stop while the tunnel recovers ends the child that is on its way, even where the launch cannot turn back", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    running.end("died");
    await turn();
    const stopping = tunnel.stop();
    expect([driver.launched().signal.aborted, await settled(stopping)]).toEqual([true, false]);
    const next = driver.launched().succeed(createFakeTunnel(7));
    expect(await stopping).toMatchObject({ state: "idle", pid: null });
    expect(next.stops.length).toBe(1);
  });
});
