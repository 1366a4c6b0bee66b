import { afterEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../src/platform/failure.ts";
import { createTunnel } from "../../src/tunnels/tunnel.ts";
import { createFakeDriver, createFakeWay, type FakeWay } from "./fake-driver.ts";
import { rejectionOf } from "./wireproxy/program/rejection.ts";

const IDLE = { config: "us.conf", state: "idle", ready: false, pid: null, logFile: null, startedAt: null };
const CHILD = { config: "us.conf", pid: 4_242, logFile: "/logs/4242_us.log", startedAt: 1_767_225_600_000 };
const START_FAILED = "WireProxy failed to start. Check log: /logs/4242_us.log";

afterEach(() => void jest.useRealTimers());

test("a tunnel begins idle, and a stop is refused", async () => {
  const { tunnel, entries } = create();
  expect(tunnel.status()).toEqual({ ...IDLE, state: "idle" });
  const refused = await rejectionOf(tunnel.stop());
  expect([refused.code, refused.message]).toEqual(["not-running", "WireProxy is not running"]);
  expect(entries).toEqual([]);
});

describe("a start", () => {
  test("item 25: resolves as soon as the child is ready, and not before", async () => {
    const { tunnel, driver } = create();
    const starting = tunnel.start(later());
    expect(tunnel.status()).toEqual({ ...IDLE, state: "starting" });
    const way = driver.launched().succeed();
    await turn();
    expect(tunnel.status()).toEqual({ ...CHILD, state: "starting", ready: false });
    expect(await settled(starting)).toBe(false);
    way.becomeReady();
    expect(await starting).toEqual({ ...CHILD, state: "running", ready: true });
    expect(driver.launched().config).toBe("us.conf");
  });

  test("that is not ready in time is running all the same, and becomes ready later", async () => {
    jest.useFakeTimers();
    const { tunnel, driver } = create();
    const starting = tunnel.start(performance.now() + 3_500);
    const way = driver.launched().succeed();
    await turn();
    jest.advanceTimersByTime(3_499);
    expect(await settled(starting)).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await starting).toEqual({ ...CHILD, state: "running", ready: false });
    way.becomeReady();
    await turn();
    expect(tunnel.status()).toEqual({ ...CHILD, state: "running", ready: true });
    expect(jest.getTimerCount()).toBe(0);
  });

  test("whose time is up already still starts, and is answered at once", async () => {
    const { tunnel, driver } = create();
    const starting = tunnel.start(performance.now() - 1_000);
    driver.launched().succeed();
    expect(await starting).toMatchObject({ state: "running", ready: false });
  });

  test("that the driver refuses leaves it idle and tells why, and the next one is tried anew", async () => {
    const { tunnel, driver } = create();
    const starting = tunnel.start(later());
    driver.launched().fail(new Failure("program-missing", "no wireproxy"));
    expect((await rejectionOf(starting)).message).toBe("no wireproxy");
    expect(tunnel.status()).toEqual({ ...IDLE, state: "idle" });
    const again = tunnel.start(later());
    driver.launched().succeed().becomeReady();
    expect(await again).toMatchObject({ state: "running" });
  });

  test("item 27: fails the moment its child dies, names the log and keeps it", async () => {
    const { tunnel, driver } = create();
    const starting = tunnel.start(later());
    driver.launched().succeed().end("died-during-startup");
    const failure = await rejectionOf(starting);
    expect([failure.code, failure.message]).toEqual(["start-failed", START_FAILED]);
    expect(tunnel.status()).toEqual({ ...IDLE, state: "idle", logFile: "/logs/4242_us.log" });
  });

  test("of a child that becomes ready and dies in the same moment fails", async () => {
    const { tunnel, driver } = create();
    const starting = tunnel.start(later());
    const way = driver.launched().succeed();
    way.end("died");
    way.becomeReady();
    expect((await rejectionOf(starting)).code).toBe("start-failed");
    expect(tunnel.status()).toMatchObject({ state: "idle", ready: false, pid: null });
  });

  test("item 30: that comes during another joins it, and both get its result", async () => {
    const { tunnel, driver } = create();
    const starts = [tunnel.start(later()), tunnel.start(later())];
    const way = driver.launched().succeed();
    await turn();
    starts.push(tunnel.start(later()));
    way.becomeReady();
    const running = { ...CHILD, state: "running" as const, ready: true };
    expect(await Promise.all(starts)).toEqual([running, running, running]);
    expect(driver.launches.length).toBe(1);
  });

  test("that joins one which fails gets the same failure", async () => {
    const { tunnel, driver } = create();
    const starts = [tunnel.start(later()), tunnel.start(later())];
    driver.launched().fail(new Failure("config-invalid", "line 7"));
    for (const start of starts) expect((await rejectionOf(start)).message).toBe("line 7");
  });

  test("item 29: while it runs is refused, and the child untouched", async () => {
    const { tunnel, driver, way } = await createRunning();
    const refused = await rejectionOf(tunnel.start(later()));
    expect(refused.message).toBe("WireProxy is already running with config: us.conf");
    expect([driver.launches.length, way.stops, tunnel.status().state]).toEqual([1, 0, "running"]);
  });
});

describe("a start that is cancelled", () => {
  test("before its child exists: both the start and the stop come to an end", async () => {
    const { tunnel, driver } = create();
    const starting = tunnel.start(later());
    const stopping = tunnel.stop();
    expect([tunnel.status().state, driver.launched().signal.aborted]).toEqual(["stopping", true]);
    driver.launched().fail(new Failure("start-failed", "it was stopped meanwhile"));
    expect((await rejectionOf(starting)).message).toBe("it was stopped meanwhile");
    expect(await stopping).toEqual({ ...IDLE, state: "idle" });
  });

  test("before its child exists, by a driver that cannot turn back: the child is stopped", async () => {
    const { tunnel, driver } = create();
    const starting = tunnel.start(later());
    const stopping = tunnel.stop();
    const way = driver.launched().succeed();
    expect((await rejectionOf(starting)).code).toBe("start-failed");
    expect(await stopping).toMatchObject({ state: "idle", pid: null, logFile: "/logs/4242_us.log" });
    expect(way.stops).toBe(1);
  });

  test("after its child exists: the start fails at once and the child is stopped", async () => {
    const { tunnel, driver } = create();
    const starting = tunnel.start(later());
    const way = driver.launched().succeed();
    await turn();
    const stopping = tunnel.stop();
    expect((await rejectionOf(starting)).message).toBe(START_FAILED);
    expect(await stopping).toMatchObject({ config: "us.conf", state: "idle", pid: null });
    expect(way.stops).toBe(1);
  });

  test("in the moment when its child becomes ready is still cancelled", async () => {
    const { tunnel, driver } = create();
    const starting = tunnel.start(later());
    const way = driver.launched().succeed();
    await turn();
    way.becomeReady();
    const stopping = tunnel.stop();
    expect((await rejectionOf(starting)).code).toBe("start-failed");
    expect(await stopping).toMatchObject({ state: "idle", ready: false });
  });

  test("does not cancel the next one", async () => {
    const { tunnel, driver } = create();
    const starting = tunnel.start(later());
    const stopping = tunnel.stop();
    driver.launched().fail(new Failure("start-failed", "stopped"));
    await Promise.allSettled([starting, stopping]);
    const next = tunnel.start(later());
    expect(driver.launched().signal.aborted).toBe(false);
    driver.launched().succeed().becomeReady();
    expect(await next).toMatchObject({ state: "running" });
  });
});

describe("a stop", () => {
  test("item 31: resolves once the child is gone, and keeps its log", async () => {
    const { tunnel, way } = await createRunning();
    const gate = Promise.withResolvers<void>();
    way.stopWith(() => gate.promise);
    const stopping = tunnel.stop();
    expect(tunnel.status()).toEqual({ ...CHILD, state: "stopping", ready: true });
    expect(await settled(stopping)).toBe(false);
    way.end("graceful");
    gate.resolve();
    expect(await stopping).toEqual({ ...IDLE, state: "idle", logFile: "/logs/4242_us.log" });
  });

  test("that comes during another joins it", async () => {
    const { tunnel, way } = await createRunning();
    const [one, other] = await Promise.all([tunnel.stop(), tunnel.stop()]);
    expect(one).toEqual(other);
    expect(way.stops).toBe(1);
  });

  test("item 34: after the child has died is refused", async () => {
    const { tunnel, way } = await createRunning();
    way.end("died");
    await turn();
    expect(tunnel.status()).toEqual({ ...IDLE, state: "idle", logFile: "/logs/4242_us.log" });
    expect((await rejectionOf(tunnel.stop())).code).toBe("not-running");
    expect(way.stops).toBe(0);
  });

  test("during which the child dies by itself succeeds once, without a step that is not in the table", async () => {
    const { tunnel, way, entries } = await createRunning();
    const gate = Promise.withResolvers<void>();
    way.stopWith(() => gate.promise);
    const stopping = tunnel.stop();
    way.end("died");
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "stopping", pid: null });
    gate.resolve();
    expect(await stopping).toMatchObject({ state: "idle" });
    expect(steps(entries)).toEqual([
      "idle -> starting",
      "starting -> running",
      "running -> stopping",
      "stopping -> idle",
    ]);
  });

  test("that fails says so, leaves it stopping, and can be tried again", async () => {
    const { tunnel, way } = await createRunning();
    way.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    expect((await rejectionOf(tunnel.stop())).code).toBe("stop-failed");
    expect(tunnel.status()).toMatchObject({ state: "stopping", pid: 4_242 });
    expect((await rejectionOf(tunnel.stop())).code).toBe("stop-failed");
    way.stopWith(async () => way.end("killed"));
    expect(await tunnel.stop()).toMatchObject({ state: "idle", pid: null });
    expect(way.stops).toBe(3);
  });

  test("that failed is over when the child ends after all", async () => {
    const { tunnel, driver, way } = await createRunning();
    way.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    await rejectionOf(tunnel.stop());
    expect((await rejectionOf(tunnel.start(later()))).code).toBe("already-running");
    way.end("killed");
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "idle", pid: null });
    const starting = tunnel.start(later());
    driver.launched().succeed(createFakeWay(7)).becomeReady();
    expect(await starting).toMatchObject({ state: "running", pid: 7 });
  });

  test("stopped() resolves when it is over, even where it fails, and at once where there is none", async () => {
    const { tunnel, way } = await createRunning();
    await tunnel.stopped();
    const gate = Promise.withResolvers<void>();
    way.stopWith(() => gate.promise);
    const stopping = rejectionOf(tunnel.stop());
    const over = tunnel.stopped();
    expect(await settled(over)).toBe(false);
    gate.reject(new Failure("stop-failed", "it hangs"));
    await Promise.all([over, stopping]);
  });
});

describe("a start during a stop", () => {
  test("section 4.3: waits for it, then starts a new child", async () => {
    const { tunnel, driver, way } = await createRunning();
    const gate = Promise.withResolvers<void>();
    way.stopWith(() => gate.promise);
    const stopping = tunnel.stop();
    const starting = tunnel.start(later());
    await turn();
    expect(driver.launches.length).toBe(1);
    way.end("graceful");
    gate.resolve();
    await stopping;
    await turn();
    expect(driver.launches.length).toBe(2);
    driver.launched().succeed(createFakeWay(7)).becomeReady();
    expect(await starting).toMatchObject({ state: "running", pid: 7 });
  });

  test("two of them make one child", async () => {
    const { tunnel, driver, way } = await createRunning();
    const gate = Promise.withResolvers<void>();
    way.stopWith(async () => {
      await gate.promise;
      way.end("graceful");
    });
    const stopping = tunnel.stop();
    const starts = [tunnel.start(later()), tunnel.start(later())];
    gate.resolve();
    await stopping;
    await turn();
    driver.launched().succeed(createFakeWay(7)).becomeReady();
    expect((await Promise.all(starts)).map((status) => status.pid)).toEqual([7, 7]);
    expect(driver.launches.length).toBe(2);
  });
});

describe("settle", () => {
  test("waits for the notice of a death that has just happened", async () => {
    const { tunnel, way } = await createRunning();
    way.vanish();
    const settling = tunnel.settle();
    expect(tunnel.status().state).toBe("running");
    way.end("died");
    await settling;
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "idle", pid: null });
  });

  test("does not wait for ever for a notice that does not come", async () => {
    jest.useFakeTimers();
    const { tunnel, way } = await createRunning();
    way.vanish();
    const settling = tunnel.settle();
    jest.advanceTimersByTime(79);
    expect(await settled(settling)).toBe(false);
    jest.advanceTimersByTime(1);
    await settling;
  });

  test("waits for nothing where the child lives, or where there is none", async () => {
    jest.useFakeTimers();
    const { tunnel } = await createRunning();
    await tunnel.settle();
    await create().tunnel.settle();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe("adoption", () => {
  test("item 38: a verified child runs on under its number and log, and can be stopped", async () => {
    const { tunnel, entries } = create();
    const way = createFakeWay();
    way.becomeReady();
    tunnel.adopt(way, true);
    await turn();
    expect(tunnel.status()).toEqual({ ...CHILD, state: "running", ready: true });
    expect(entries).toContain("ACTION us.conf: adopted process 4242");
    expect(await tunnel.stop()).toMatchObject({ state: "idle", logFile: "/logs/4242_us.log" });
    expect(way.stops).toBe(1);
  });

  test("its death is noticed as any other", async () => {
    const { tunnel } = create();
    const way = createFakeWay();
    tunnel.adopt(way, true);
    way.end("died");
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "idle", pid: null });
  });

  test("an unverified child is stopped", async () => {
    const { tunnel } = create();
    const way = createFakeWay();
    tunnel.adopt(way, false);
    expect(tunnel.status().state).toBe("stopping");
    await tunnel.stopped();
    expect([tunnel.status().state, way.stops]).toEqual(["idle", 1]);
  });

  test("an unverified child that will not stop is told of, and can be stopped later", async () => {
    const { tunnel, entries } = create();
    const way = createFakeWay();
    way.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    tunnel.adopt(way, false);
    await tunnel.stopped();
    await turn();
    expect(entries).toContain("ERROR us.conf: it hangs");
    way.stopWith(async () => way.end("killed"));
    expect(await tunnel.stop()).toMatchObject({ state: "idle" });
  });
});

test("the late death and the late readiness of a former child do not touch the next one", async () => {
  const { tunnel, driver, way: former } = await createRunning({ ready: false });
  // Its stop is over although the notice of its end is still on its way.
  former.stopWith(() => Promise.resolve());
  await tunnel.stop();
  const starting = tunnel.start(later());
  const next = driver.launched().succeed(createFakeWay(7));
  await turn();
  former.becomeReady();
  former.end("graceful");
  await turn();
  expect(tunnel.status()).toMatchObject({ state: "starting", pid: 7, ready: false });
  next.becomeReady();
  expect(await starting).toMatchObject({ state: "running", pid: 7, ready: true });
});

test("section 12.1: every change of state is in the audit log, and the end of every child", async () => {
  const { tunnel, way, entries } = await createRunning();
  way.end("died");
  await turn();
  expect(entries).toEqual([
    "STATE us.conf: idle -> starting",
    "STATE us.conf: starting -> running",
    "INFO us.conf: process 4242 has ended (died)",
    "STATE us.conf: running -> idle",
  ]);
  expect(tunnel.status().state).toBe("idle");
});

function create() {
  const driver = createFakeDriver();
  const entries: string[] = [];
  const tunnel = createTunnel("us.conf", driver, (category, message) => void entries.push(`${category} ${message}`));
  return { tunnel, driver, entries };
}

async function createRunning({ ready = true } = {}) {
  const parts = create();
  const starting = parts.tunnel.start(ready ? later() : performance.now());
  const way: FakeWay = parts.driver.launched().succeed();
  if (ready) way.becomeReady();
  await starting;
  return { ...parts, way };
}

/** A time that no test reaches. */
function later(): number {
  return performance.now() + 60_000;
}

function steps(entries: readonly string[]): readonly string[] {
  return entries.flatMap((entry) => /^STATE us\.conf: (.*)$/.exec(entry)?.[1] ?? []);
}

/** Whether a promise has settled once every promise that can has. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  return await Promise.race([
    promise.then(
      () => true,
      () => true,
    ),
    turn().then(() => false),
  ]);
}

/** One turn of the event loop: every promise that can settle has settled. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve()));
}
