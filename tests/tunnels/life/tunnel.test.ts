import { afterEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../../src/platform/failure.ts";
import { advance, settled, turn } from "../../rig/event-loop.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { createFakeTunnel, FAKE_TIME } from "../fake-driver.ts";
import { CHILD, createRunningTunnel, createTunnelRig, later, NO_CHILD, OWN } from "./tunnel-rig.ts";

const START_FAILED = "WireProxy failed to start. Check log: /logs/4242_us.log";

afterEach(() => void jest.useRealTimers());

test("a tunnel begins idle, and a stop is refused", async () => {
  const { tunnel, entries } = createTunnelRig();
  expect(tunnel.status()).toEqual({
    name: "us",
    config: "us.conf",
    state: "idle",
    since: new Date(FAKE_TIME).toISOString(),
    ready: false,
    health: "idle",
    reason: "never brought up",
    action: null,
    pid: null,
    log: null,
    startedAt: null,
    socks: null,
    http: null,
    restarts: 0,
    carriedBy: null,
    traffic: null,
    configChanged: false,
  });
  const refused = await rejectionOf(tunnel.stop());
  expect([refused.code, refused.message]).toEqual(["not-running", "WireProxy is not running"]);
  expect(entries).toEqual([]);
});

describe("a start", () => {
  test("a start resolves as soon as the child is ready, and not before", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), OWN);
    expect(tunnel.status()).toMatchObject({ ...NO_CHILD, state: "starting", log: null });
    const running = driver.launched().succeed();
    await turn();
    expect(tunnel.status()).toMatchObject({ ...CHILD, state: "starting", ready: false });
    expect(await settled(starting)).toBe(false);
    running.becomeReady();
    expect(await starting).toMatchObject({ ...CHILD, state: "running", ready: true, socks: "127.0.0.1:25344" });
    expect(driver.launched()).toMatchObject({ config: "us.conf", placement: OWN, carrier: null });
  });

  test("a start that is not ready in time is running all the same, and becomes ready later", async () => {
    jest.useFakeTimers();
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(performance.now() + 3_500, OWN);
    const running = driver.launched().succeed();
    await turn();
    jest.advanceTimersByTime(3_499);
    expect(await settled(starting)).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await starting).toMatchObject({ ...CHILD, state: "running", ready: false });
    running.becomeReady();
    await turn();
    expect(tunnel.status()).toMatchObject({ ...CHILD, state: "running", ready: true });
  });

  test("a start whose time is up already still starts, and is answered at once", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(performance.now() - 1_000, OWN);
    driver.launched().succeed();
    expect(await starting).toMatchObject({ state: "running", ready: false });
  });

  test("a start that the driver refuses leaves it idle and tells why, and the next one is tried anew", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), OWN);
    driver.launched().fail(new Failure("program-missing", "no wireproxy"));
    expect((await rejectionOf(starting)).message).toBe("no wireproxy");
    expect(tunnel.status()).toMatchObject({ ...NO_CHILD, state: "idle" });
    const again = tunnel.start(later(), OWN);
    driver.launched().succeed().becomeReady();
    expect(await again).toMatchObject({ state: "running" });
  });

  test("a start fails the moment its child dies, names the log and keeps it, and is not tried again", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), OWN);
    driver.launched().succeed().end("died-during-startup");
    const failure = await rejectionOf(starting);
    expect([failure.code, failure.message]).toEqual(["start-failed", START_FAILED]);
    await turn();
    expect(tunnel.status()).toMatchObject({ ...NO_CHILD, state: "idle", log: "/logs/4242_us.log" });
    expect(driver.launches.length).toBe(1);
  });

  test("a start of a child that becomes ready and dies in the same moment fails", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), OWN);
    const running = driver.launched().succeed();
    running.end("died");
    running.becomeReady();
    expect((await rejectionOf(starting)).code).toBe("start-failed");
    expect(tunnel.status()).toMatchObject({ state: "idle", ready: false, pid: null });
  });

  test("a start that comes during another joins it, and both get its result", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starts = [tunnel.start(later(), OWN), tunnel.start(later(), OWN)];
    const running = driver.launched().succeed();
    await turn();
    starts.push(tunnel.start(later(), OWN));
    running.becomeReady();
    const up = { ...CHILD, state: "running", ready: true };
    expect(await Promise.all(starts)).toMatchObject([up, up, up]);
    expect(driver.launches.length).toBe(1);
  });

  test("a start that joins one which fails gets the same failure", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starts = [tunnel.start(later(), OWN), tunnel.start(later(), OWN)];
    driver.launched().fail(new Failure("config-invalid", "line 7"));
    for (const start of starts) expect((await rejectionOf(start)).message).toBe("line 7");
  });

  test("a start while the tunnel runs is refused, and the child untouched", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    const refused = await rejectionOf(tunnel.start(later(), OWN));
    expect(refused.message).toBe("WireProxy is already running with config: us.conf");
    expect([driver.launches.length, running.stops.length, tunnel.status().state]).toEqual([1, 0, "running"]);
  });
});

describe("where it listens", () => {
  test("a tunnel's address is where its config says, once its process does", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), { kind: "any" });
    expect(tunnel.placement()).toEqual({ kind: "any" });
    driver.launched().succeed().becomeReady();
    await starting;
    expect(tunnel.placement()).toEqual({ kind: "own" });
  });

  test("a tunnel's address is the port that it got, which it keeps from then on", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), { kind: "any" });
    const elsewhere = createFakeTunnel(7, { ownAddress: false, socks: "127.0.0.1:25399" });
    driver.launched().succeed(elsewhere).becomeReady();
    await starting;
    expect(tunnel.placement()).toEqual({ kind: "port", socks: 25_399 });
  });

  test("a tunnel's address stays its config's address with the port that it has besides", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), { kind: "own", alsoOn: 25_399 });
    driver.launched().succeed().becomeReady();
    await starting;
    expect(tunnel.placement()).toEqual({ kind: "own", alsoOn: 25_399 });
  });

  test("a tunnel's address stays open where it has no SOCKS proxy to move", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), { kind: "any" });
    driver
      .launched()
      .succeed(createFakeTunnel(7, { ownAddress: false, socks: null }))
      .becomeReady();
    await starting;
    expect(tunnel.placement()).toEqual({ kind: "any" });
  });
});

test("every change of state is in the audit log with its reason, and the end of every child", async () => {
  const { tunnel, running, entries } = await createRunningTunnel({}, { recover: false });
  running.end("died");
  await turn();
  expect(entries).toEqual([
    "STATE us.conf: idle -> starting: brought up",
    "STATE us.conf: starting -> running: it accepts",
    "INFO us.conf: process 4242 has ended (died)",
    "STATE us.conf: running -> idle: its process died",
  ]);
  expect(tunnel.status().state).toBe("idle");
});

test("every change of state is an event, with the name that users know", async () => {
  const { tunnel, events } = await createRunningTunnel();
  await tunnel.stop();
  expect(events.filter(({ type }) => type === "tunnel_state")).toMatchObject([
    { at: FAKE_TIME, tunnel: "us", from: "idle", to: "starting", reason: "brought up" },
    { at: FAKE_TIME, tunnel: "us", from: "starting", to: "running", reason: "it accepts" },
    { at: FAKE_TIME, tunnel: "us", from: "running", to: "stopping", reason: "brought down" },
    { at: FAKE_TIME, tunnel: "us", from: "stopping", to: "idle", reason: "brought down" },
  ]);
});

test("proof is given up at its time, also where a look, as by a probe, takes longer", async () => {
  const { tunnel, running } = await createRunningTunnel();
  running.observeWith(() => new Promise(() => undefined));
  const refused = await rejectionOf(tunnel.prove(performance.now()));
  expect([refused.code, refused.message]).toEqual(["timed-out", "us does not carry: its peer has not answered"]);
});

test("a tunnel whose care a fault of ours cuts off is failed, with a word, and can be started again", async () => {
  const { tunnel, running, driver } = await createRunningTunnel();
  Object.assign(running, {
    isProven() {
      throw new Error("a defect");
    },
  });
  running.end("died");
  await turn();
  const reason = "a fault of wpdaemon, which its audit log tells of";
  expect(tunnel.status()).toMatchObject({ state: "failed", reason });
  const starting = tunnel.start(later(), OWN);
  driver.launched().succeed(createFakeTunnel(9)).becomeReady();
  expect(await starting).toMatchObject({ state: "running", pid: 9 });
});

test("a look that fails by a fault of ours is made again", async () => {
  jest.useFakeTimers();
  const { running, machine } = await createRunningTunnel();
  let looks = 0;
  Object.assign(running, {
    observe() {
      looks += 1;
      if (looks === 1) throw new Error("a defect");
      return Promise.resolve({ signs: [], counters: null });
    },
  });
  const before = machine.looks;
  for (let second = 0; second < 30; second += 1) await advance(1_000);
  expect(looks).toBeGreaterThan(1);
  expect(machine.looks).toBeGreaterThan(before);
});
