import { afterEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../../src/platform/failure.ts";
import { settled, turn } from "../../rig/event-loop.ts";
import { createFakeWay } from "../fake-driver.ts";
import { CHILD, createRunningTunnel, createTunnelRig, later } from "./tunnel-rig.ts";

afterEach(() => void jest.useRealTimers());

describe("settle", () => {
  test("waits for the notice of a death that has just happened", async () => {
    const { tunnel, way } = await createRunningTunnel();
    way.vanish();
    const settling = tunnel.settle();
    expect(tunnel.status().state).toBe("running");
    way.end("died");
    await settling;
    expect(tunnel.status()).toMatchObject({ state: "recovering", pid: null });
    tunnel.stop().catch(() => undefined);
  });

  test("does not wait for ever for a notice that does not come", async () => {
    jest.useFakeTimers();
    const { tunnel, way } = await createRunningTunnel();
    way.vanish();
    const settling = tunnel.settle();
    jest.advanceTimersByTime(79);
    expect(await settled(settling)).toBe(false);
    jest.advanceTimersByTime(1);
    await settling;
  });

  test("waits for nothing where the child lives, or where there is none", async () => {
    jest.useFakeTimers();
    const { tunnel } = await createRunningTunnel();
    expect(await settled(tunnel.settle())).toBe(true);
    expect(await settled(createTunnelRig().tunnel.settle())).toBe(true);
  });
});

describe("adoption", () => {
  test("item 38: a child runs on under its number and log, and can be stopped", async () => {
    const { tunnel, entries } = createTunnelRig();
    const way = createFakeWay();
    way.becomeReady();
    tunnel.adopt(way, "keep");
    await turn();
    expect(tunnel.status()).toMatchObject({ ...CHILD, state: "running", ready: true });
    expect(entries).toContain("ACTION us.conf: adopted process 4242");
    expect(await tunnel.stop()).toMatchObject({ state: "idle", logFile: "/logs/4242_us.log" });
    expect(way.stops.length).toBe(1);
  });

  test("it is found where it listens, and known by whom it is carried", () => {
    const { tunnel } = createTunnelRig({ failover: ["eu.conf", "uk.conf"] });
    tunnel.adopt(createFakeWay(7, { ownAddress: false, socks: "127.0.0.1:25350", carrier: "uk.conf" }), "keep");
    expect(tunnel.placement()).toEqual({ kind: "port", port: 25_350 });
    expect(tunnel.status()).toMatchObject({ pid: 7, carriedBy: "uk" });
  });

  test("its death is noticed as any other", async () => {
    const { tunnel, driver } = createTunnelRig();
    const way = createFakeWay();
    tunnel.adopt(way, "keep");
    way.end("died");
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "recovering", pid: null });
    expect(driver.launched()).toMatchObject({ config: "us.conf", placement: { kind: "own" } });
  });

  test("one that does not listen is stopped", async () => {
    const { tunnel } = createTunnelRig();
    const way = createFakeWay();
    tunnel.adopt(way, "end");
    expect(tunnel.status().state).toBe("stopping");
    await tunnel.stopped();
    expect([tunnel.status().state, way.stops.length]).toEqual(["idle", 1]);
  });

  test("one that does not listen and is meant to be up is replaced", async () => {
    const { tunnel, driver, entries } = createTunnelRig();
    const way = createFakeWay();
    tunnel.adopt(way, "replace");
    expect(tunnel.status()).toMatchObject({ state: "recovering", pid: null });
    await turn();
    expect([way.stops, driver.launched().placement]).toEqual([["graceful"], { kind: "own" }]);
    driver.launched().succeed(createFakeWay(7)).becomeReady();
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "running", pid: 7 });
    expect(entries).toContain("ACTION us.conf: adopted process 4242, which does not listen");
  });

  test("one that does not listen and will not stop is told of, and can be stopped later", async () => {
    const { tunnel, entries } = createTunnelRig();
    const way = createFakeWay();
    way.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    tunnel.adopt(way, "end");
    await tunnel.stopped();
    await turn();
    expect(entries).toContain("ERROR us.conf: it hangs");
    way.stopWith(async () => way.end("killed"));
    expect(await tunnel.stop()).toMatchObject({ state: "idle" });
  });
});

describe("reviving", () => {
  test("what was meant to be up is recovering from the beginning, and launched where it was", async () => {
    const { tunnel, driver } = createTunnelRig();
    tunnel.revive({ kind: "port", port: 25_399 });
    expect(tunnel.status()).toMatchObject({ state: "recovering", pid: null });
    await turn();
    expect(driver.launched().placement).toEqual({ kind: "port", port: 25_399 });
    driver.launched().succeed(createFakeWay(7)).becomeReady();
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "running", ready: true, pid: 7 });
  });

  test("it goes on trying where the first try fails", async () => {
    jest.useFakeTimers();
    const { tunnel, driver } = createTunnelRig();
    tunnel.revive({ kind: "own" });
    await turn();
    driver.launched().fail(new Failure("address-in-use", "taken"));
    await turn();
    jest.advanceTimersByTime(1);
    await turn();
    expect([tunnel.status().state, driver.launches.length]).toEqual(["recovering", 2]);
  });

  test("what runs or starts is let be", async () => {
    const { tunnel, driver } = await createRunningTunnel();
    tunnel.revive({ kind: "port", port: 25_399 });
    expect([tunnel.status().state, tunnel.placement().kind]).toEqual(["running", "own"]);
    const other = createTunnelRig();
    other.tunnel.start(later(), { kind: "own" }).catch(() => undefined);
    other.tunnel.revive({ kind: "port", port: 25_399 });
    expect([other.tunnel.status().state, driver.launches.length]).toEqual(["starting", 1]);
  });
});

describe("letting go", () => {
  test("leaves the process as it is, and no timer behind", async () => {
    jest.useFakeTimers();
    const { tunnel, way } = await createRunningTunnel();
    await tunnel.release();
    expect([way.stops.length, way.isReleased, way.isAlive()]).toEqual([0, true, true]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("of a tunnel that waits for its next try ends the tries, without a timer", async () => {
    jest.useFakeTimers();
    const { tunnel, driver, way } = await createRunningTunnel();
    way.end("died");
    await turn();
    driver.launched().succeed(createFakeWay(7)).end("died-during-startup");
    await turn();
    expect(jest.getTimerCount()).toBeGreaterThan(0);
    await tunnel.release();
    expect([jest.getTimerCount(), driver.launches.length]).toEqual([0, 2]);
  });

  test("of a try whose child exists leaves that child to the next daemon", async () => {
    const { tunnel, driver, way } = await createRunningTunnel();
    way.end("died");
    await turn();
    const next = driver.launched().succeed(createFakeWay(7));
    await turn();
    await tunnel.release();
    expect([next.stops.length, next.isReleased]).toEqual([0, true]);
  });

  test("of a start that is under way waits until its child is on record", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), { kind: "own" }).catch(() => undefined);
    const releasing = tunnel.release();
    expect(await settled(releasing)).toBe(false);
    const way = driver.launched().succeed();
    await Promise.all([releasing, starting]);
    expect([way.stops.length, way.isReleased]).toEqual([0, true]);
  });

  test("an idle tunnel is let go of at once", async () => {
    expect(await settled(createTunnelRig().tunnel.release())).toBe(true);
  });
});
