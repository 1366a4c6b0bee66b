import { afterEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../../src/platform/failure.ts";
import type { Standing } from "../../../src/tunnels/driver/child-record.ts";
import { advance, settled, turn } from "../../rig/event-loop.ts";
import { createFakeTunnel, FAKE_TIME } from "../fake-driver.ts";
import { CHILD, createRunningTunnel, createTunnelRig, later } from "./tunnel-rig.ts";

afterEach(() => void jest.useRealTimers());

describe("noticing a death", () => {
  test("noticing a death waits for the notice of a death that has just happened", async () => {
    const { tunnel, running } = await createRunningTunnel();
    running.vanish();
    const noticing = tunnel.noticeDeath();
    expect(tunnel.status().state).toBe("running");
    running.end("died");
    await noticing;
    expect(tunnel.status()).toMatchObject({ state: "recovering", pid: null });
    tunnel.stop().catch(() => undefined);
  });

  test("noticing a death does not wait for ever for a notice that does not come", async () => {
    jest.useFakeTimers();
    const { tunnel, running } = await createRunningTunnel();
    running.vanish();
    const noticing = tunnel.noticeDeath();
    jest.advanceTimersByTime(79);
    expect(await settled(noticing)).toBe(false);
    jest.advanceTimersByTime(1);
    await noticing;
  });

  test("noticing a death waits for nothing where the child lives, or where there is none", async () => {
    jest.useFakeTimers();
    const { tunnel } = await createRunningTunnel();
    expect(await settled(tunnel.noticeDeath())).toBe(true);
    expect(await settled(createTunnelRig().tunnel.noticeDeath())).toBe(true);
  });
});

describe("adoption", () => {
  test("a child runs on under its number and log, and can be stopped", async () => {
    const { tunnel, entries } = createTunnelRig();
    const running = createFakeTunnel();
    running.becomeReady();
    tunnel.adopt(running, "keep");
    await turn();
    expect(tunnel.status()).toMatchObject({ ...CHILD, state: "running", ready: true });
    expect(entries).toContain("ACTION us.conf: adopted process 4242");
    expect(await tunnel.stop()).toMatchObject({ state: "idle", log: "/logs/4242_us.log" });
    expect(running.stops.length).toBe(1);
  });

  test("it is found where it listens, and known by whom it is carried", () => {
    const { tunnel } = createTunnelRig({ failover: ["eu.conf", "uk.conf"] });
    tunnel.adopt(createFakeTunnel(7, { ownAddress: false, socks: "127.0.0.1:25350", carrier: "uk.conf" }), "keep");
    expect(tunnel.placement()).toEqual({ kind: "port", socks: 25_350 });
    expect(tunnel.status()).toMatchObject({ pid: 7, carriedBy: "uk" });
  });

  test("the death of an adopted child is noticed as any other", async () => {
    const { tunnel, driver } = createTunnelRig();
    const running = createFakeTunnel();
    tunnel.adopt(running, "keep");
    running.end("died");
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "recovering", pid: null });
    expect(driver.launched()).toMatchObject({ config: "us.conf", placement: { kind: "own" } });
  });

  test("one that does not listen is stopped", async () => {
    const { tunnel } = createTunnelRig();
    const running = createFakeTunnel();
    tunnel.adopt(running, "end");
    expect(tunnel.status().state).toBe("stopping");
    await tunnel.stopped();
    expect([tunnel.status().state, running.stops.length]).toEqual(["idle", 1]);
  });

  test("one that does not listen and is meant to be up is replaced", async () => {
    const { tunnel, driver, entries } = createTunnelRig();
    const running = createFakeTunnel();
    tunnel.adopt(running, "replace");
    expect(tunnel.status()).toMatchObject({ state: "recovering", pid: null });
    await turn();
    expect([running.stops, driver.launched().placement]).toEqual([["graceful"], { kind: "own" }]);
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "running", pid: 7 });
    expect(entries).toContain("ACTION us.conf: adopted process 4242, which does not listen");
  });

  test("one that does not listen and will not stop is told of, and can be stopped later", async () => {
    const { tunnel, entries } = createTunnelRig();
    const running = createFakeTunnel();
    running.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    tunnel.adopt(running, "end");
    await tunnel.stopped();
    await turn();
    expect(entries).toContain("ERROR us.conf: it hangs");
    running.stopWith(async () => running.end("killed"));
    expect(await tunnel.stop()).toMatchObject({ state: "idle" });
  });
});

describe("what the daemon before knew of it", () => {
  const STANDING: Standing = {
    config: "us.conf",
    state: "running",
    since: FAKE_TIME - 3_600_000,
    reason: "it accepts",
    restarts: 3,
    health: { health: "healthy", reason: "its peer answers", action: null },
  };

  test("a tunnel that simply went on has run since then, and nothing is told of it", async () => {
    const { tunnel, events } = createTunnelRig();
    const running = createFakeTunnel();
    tunnel.adopt(running, "keep", STANDING);
    expect(tunnel.status()).toMatchObject({
      ...{ state: "running", pid: 4_242, ready: true, restarts: 3 },
      ...{ since: new Date(FAKE_TIME - 3_600_000).toISOString(), health: "healthy", reason: "its peer answers" },
    });
    running.becomeReady();
    await turn();
    expect([events, tunnel.status().health, tunnel.standing()]).toEqual([[], "healthy", STANDING]);
  });

  test("its health is what it was until more is known, for as long as a sign of life counts", async () => {
    jest.useFakeTimers();
    const { tunnel, events } = createTunnelRig();
    const running = createFakeTunnel();
    tunnel.adopt(running, "keep", STANDING);
    running.becomeReady();
    await advance(170_000);
    expect([tunnel.status().health, events]).toEqual(["healthy", []]);
    await advance(120_000);
    expect(events).toMatchObject([{ type: "tunnel_health", from: "healthy", to: "idle" }]);
  });

  test("one that was being recovered is told to run once it was found to listen", () => {
    const { tunnel, events } = createTunnelRig();
    tunnel.adopt(createFakeTunnel(), "keep", { ...STANDING, state: "recovering" });
    expect(events).toMatchObject([
      { type: "tunnel_state", from: "recovering", to: "running" },
      { type: "tunnel_health", from: "healthy", to: "idle" },
    ]);
  });

  test("one that did not outlive the daemon before is told to recover, and not that it was idle", () => {
    const { tunnel, events } = createTunnelRig();
    tunnel.revive({ kind: "own" }, STANDING);
    expect(events.filter(({ type }) => type === "tunnel_state")).toMatchObject([{ from: "running", to: "recovering" }]);
  });

  test("one that was given up is tried again", () => {
    const { tunnel, events } = createTunnelRig();
    tunnel.revive({ kind: "own" }, { ...STANDING, state: "failed" });
    expect(events.filter(({ type }) => type === "tunnel_state")).toMatchObject([
      { from: "failed", to: "starting" },
      { from: "starting", to: "recovering" },
    ]);
  });

  test("a tunnel that is down has nothing to be taken up", () => {
    expect(createTunnelRig().tunnel.standing()).toBeUndefined();
  });
});

describe("reviving", () => {
  test("what was meant to be up is recovering from the beginning, and launched where it was", async () => {
    const { tunnel, driver } = createTunnelRig();
    tunnel.revive({ kind: "port", socks: 25_399 });
    expect(tunnel.status()).toMatchObject({ state: "recovering", pid: null });
    await turn();
    expect(driver.launched().placement).toEqual({ kind: "port", socks: 25_399 });
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
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
    tunnel.revive({ kind: "port", socks: 25_399 });
    expect([tunnel.status().state, tunnel.placement().kind]).toEqual(["running", "own"]);
    const other = createTunnelRig();
    other.tunnel.start(later(), { kind: "own" }).catch(() => undefined);
    other.tunnel.revive({ kind: "port", socks: 25_399 });
    expect([other.tunnel.status().state, driver.launches.length]).toEqual(["starting", 1]);
  });
});

describe("letting go", () => {
  test("letting go leaves the process as it is, and no timer behind", async () => {
    jest.useFakeTimers();
    const { tunnel, running } = await createRunningTunnel();
    await tunnel.release();
    expect([running.stops.length, running.isReleased, running.isAlive()]).toEqual([0, true, true]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("letting go of a tunnel that waits for its next try ends the tries, without a timer", async () => {
    jest.useFakeTimers();
    const { tunnel, driver, running } = await createRunningTunnel();
    running.end("died");
    await turn();
    driver.launched().succeed(createFakeTunnel(7)).end("died-during-startup");
    await turn();
    expect(jest.getTimerCount()).toBeGreaterThan(0);
    await tunnel.release();
    expect([jest.getTimerCount(), driver.launches.length]).toEqual([0, 2]);
  });

  test("letting go of a try whose child exists leaves that child to the next daemon", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    running.end("died");
    await turn();
    const next = driver.launched().succeed(createFakeTunnel(7));
    await turn();
    await tunnel.release();
    expect([next.stops.length, next.isReleased]).toEqual([0, true]);
  });

  test("letting go of a start that is under way waits until its child is on record", async () => {
    const { tunnel, driver } = createTunnelRig();
    const starting = tunnel.start(later(), { kind: "own" }).catch(() => undefined);
    const releasing = tunnel.release();
    expect(await settled(releasing)).toBe(false);
    const running = driver.launched().succeed();
    await Promise.all([releasing, starting]);
    expect([running.stops.length, running.isReleased]).toEqual([0, true]);
  });

  test("an idle tunnel is let go of at once", async () => {
    expect(await settled(createTunnelRig().tunnel.release())).toBe(true);
  });
});
