import { afterEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../../src/platform/failure.ts";
import { settled, turn } from "../../rig/event-loop.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { createFakeTunnel } from "../fake-driver.ts";
import { CHILD, createRunningTunnel, createTunnelRig, later, NO_CHILD, OWN, stepsIn } from "./tunnel-rig.ts";

const START_FAILED = "WireProxy failed to start. Check log: /logs/4242_us.log";

afterEach(() => void jest.useRealTimers());

describe("a start that is cancelled", () => {
  test("a start that is cancelled before its child exists: both the start and the stop come to an end", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), OWN);
    const stopping = tunnel.stop();
    expect([tunnel.status().state, driver.launched().signal.aborted]).toEqual(["stopping", true]);
    driver.launched().fail(new Failure("start-failed", "it was stopped meanwhile"));
    expect((await rejectionOf(starting)).message).toBe("it was stopped meanwhile");
    expect(await stopping).toMatchObject({ ...NO_CHILD, state: "idle" });
  });

  test("a start that is cancelled before its child exists, by a driver that cannot turn back: the child is stopped", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), OWN);
    const stopping = tunnel.stop();
    const running = driver.launched().succeed();
    expect((await rejectionOf(starting)).code).toBe("start-failed");
    expect(await stopping).toMatchObject({ state: "idle", pid: null, log: "/logs/4242_us.log" });
    expect(running.stops.length).toBe(1);
  });

  test("a start that is cancelled after its child exists: the start fails at once and the child is stopped", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), OWN);
    const running = driver.launched().succeed();
    await turn();
    const stopping = tunnel.stop();
    expect((await rejectionOf(starting)).message).toBe(START_FAILED);
    expect(await stopping).toMatchObject({ config: "us.conf", state: "idle", pid: null });
    expect(running.stops.length).toBe(1);
  });

  test("a start that is cancelled in the moment when its child becomes ready is still cancelled", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), OWN);
    const running = driver.launched().succeed();
    await turn();
    running.becomeReady();
    const stopping = tunnel.stop();
    expect((await rejectionOf(starting)).code).toBe("start-failed");
    expect(await stopping).toMatchObject({ state: "idle", ready: false });
  });

  test("a start that is cancelled does not cancel the next one", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), OWN);
    const stopping = tunnel.stop();
    driver.launched().fail(new Failure("start-failed", "stopped"));
    await Promise.allSettled([starting, stopping]);
    const next = tunnel.start(later(), OWN);
    expect(driver.launched().signal.aborted).toBe(false);
    driver.launched().succeed().becomeReady();
    expect(await next).toMatchObject({ state: "running" });
  });
});

describe("a stop", () => {
  test("a stop resolves once the child is gone, and keeps its log", async () => {
    const { tunnel, running } = await createRunningTunnel();
    const gate = Promise.withResolvers<void>();
    running.stopWith(() => gate.promise);
    const stopping = tunnel.stop();
    expect(tunnel.status()).toMatchObject({ ...CHILD, state: "stopping", ready: true });
    expect(await settled(stopping)).toBe(false);
    running.end("graceful");
    gate.resolve();
    expect(await stopping).toMatchObject({ ...NO_CHILD, state: "idle", log: "/logs/4242_us.log" });
  });

  test("a stop leaves no timer behind", async () => {
    jest.useFakeTimers();
    const { tunnel } = await createRunningTunnel();
    expect(jest.getTimerCount()).toBeGreaterThan(0);
    await tunnel.stop();
    expect(jest.getTimerCount()).toBe(0);
  });

  test("a stop that comes during another joins it", async () => {
    const { tunnel, running } = await createRunningTunnel();
    const [one, other] = await Promise.all([tunnel.stop(), tunnel.stop()]);
    expect(one).toEqual(other);
    expect(running.stops.length).toBe(1);
  });

  test("a stop after the child has died, where it is not to recover, is refused", async () => {
    const { tunnel, running } = await createRunningTunnel({}, { recover: false });
    running.end("died");
    await turn();
    expect(tunnel.status()).toMatchObject({ ...NO_CHILD, state: "idle", log: "/logs/4242_us.log" });
    expect((await rejectionOf(tunnel.stop())).code).toBe("not-running");
    expect(running.stops.length).toBe(0);
  });

  test("a stop during which the child dies by itself succeeds once, without a step that is not in the table", async () => {
    const { tunnel, driver, running, entries } = await createRunningTunnel();
    const gate = Promise.withResolvers<void>();
    running.stopWith(() => gate.promise);
    const stopping = tunnel.stop();
    await turn();
    running.end("died");
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "stopping", pid: null });
    gate.resolve();
    expect(await stopping).toMatchObject({ state: "idle" });
    expect(stepsIn(entries)).toEqual([
      "idle -> starting",
      "starting -> running",
      "running -> stopping",
      "stopping -> idle",
    ]);
    expect(driver.launches.length).toBe(1);
  });

  test("a stop that fails says so, leaves it stopping, and can be tried again", async () => {
    const { tunnel, running } = await createRunningTunnel();
    running.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    expect((await rejectionOf(tunnel.stop())).code).toBe("stop-failed");
    expect(tunnel.status()).toMatchObject({ state: "stopping", pid: 4_242 });
    expect((await rejectionOf(tunnel.stop())).code).toBe("stop-failed");
    running.stopWith(async () => running.end("killed"));
    expect(await tunnel.stop()).toMatchObject({ state: "idle", pid: null });
    expect(running.stops.length).toBe(3);
  });

  test("a stop that failed is over when the child ends after all", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    running.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    await rejectionOf(tunnel.stop());
    expect((await rejectionOf(tunnel.start(later(), OWN))).code).toBe("already-running");
    running.end("killed");
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "idle", pid: null });
    const starting = tunnel.start(later(), OWN);
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    expect(await starting).toMatchObject({ state: "running", pid: 7 });
  });

  test("stopped() resolves when it is over, even where it fails, and at once where there is none", async () => {
    const { tunnel, running } = await createRunningTunnel();
    await tunnel.stopped();
    const gate = Promise.withResolvers<void>();
    running.stopWith(() => gate.promise);
    const stopping = rejectionOf(tunnel.stop());
    const over = tunnel.stopped();
    expect(await settled(over)).toBe(false);
    gate.reject(new Failure("stop-failed", "it hangs"));
    await Promise.all([over, stopping]);
  });
});

describe("a start during a stop", () => {
  test("a start during a stop waits for it, then starts a new child", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    const gate = Promise.withResolvers<void>();
    running.stopWith(() => gate.promise);
    const stopping = tunnel.stop();
    const starting = tunnel.start(later(), OWN);
    await turn();
    expect(driver.launches.length).toBe(1);
    running.end("graceful");
    gate.resolve();
    await stopping;
    await turn();
    expect(driver.launches.length).toBe(2);
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    expect(await starting).toMatchObject({ state: "running", pid: 7 });
  });

  test("a start during a stop: two of them make one child", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    const gate = Promise.withResolvers<void>();
    running.stopWith(async () => {
      await gate.promise;
      running.end("graceful");
    });
    const stopping = tunnel.stop();
    const starts = [tunnel.start(later(), OWN), tunnel.start(later(), OWN)];
    gate.resolve();
    await stopping;
    await turn();
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    expect((await Promise.all(starts)).map((status) => status.pid)).toEqual([7, 7]);
    expect(driver.launches.length).toBe(2);
  });
});

test("the late death and the late readiness of a former child do not touch the next one", async () => {
  const { tunnel, driver, running: former } = await createRunningTunnel({ ready: false });
  // Its stop is over although the notice of its end is still on its way.
  former.stopWith(() => Promise.resolve());
  await tunnel.stop();
  const starting = tunnel.start(later(), OWN);
  const next = driver.launched().succeed(createFakeTunnel(7));
  await turn();
  former.becomeReady();
  former.end("graceful");
  await turn();
  expect(tunnel.status()).toMatchObject({ state: "starting", pid: 7, ready: false });
  next.becomeReady();
  expect(await starting).toMatchObject({ state: "running", pid: 7, ready: true });
});
