import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../../src/platform/failure.ts";
import { turn } from "../../rig/event-loop.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { createFakeTunnel } from "../fake-driver.ts";
import { createRunningTunnel, later, OWN, stepsIn } from "./tunnel-rig.ts";

const BOTH = { failover: ["eu.conf", "uk.conf"] };

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("a tunnel whose own config is given up", () => {
  test("a tunnel whose own config is given up is carried by each of its failover list in turn, and is given up after the last", async () => {
    const rig = await createRunningTunnel({}, BOTH);
    await die(rig);
    while (rig.tunnel.status().state === "recovering") await failOnce(rig);
    expect(carriersOf(rig)).toEqual([
      // The life that ended, and six tries.
      ...Array.from({ length: 7 }, () => null),
      ...Array.from({ length: 7 }, () => "eu.conf"),
      ...Array.from({ length: 7 }, () => "uk.conf"),
    ]);
    expect([rig.tunnel.status().state, jest.getTimerCount()]).toEqual(["failed", 0]);
  });

  test("a tunnel whose own config is given up tells by whom it is carried, and keeps its name and place", async () => {
    const rig = await createRunningTunnel({}, BOTH);
    await die(rig);
    while (rig.driver.launched().carrier === null) await failOnce(rig);
    expect(rig.driver.launched()).toMatchObject({ config: "us.conf", carrier: "eu.conf", placement: OWN });
    rig.driver
      .launched()
      .succeed(createFakeTunnel(7, { carrier: "eu.conf" }))
      .becomeReady();
    await turn();
    expect(rig.tunnel.status()).toMatchObject({ name: "us", state: "running", carriedBy: "eu", pid: 7 });
  });

  test("a tunnel whose own config is given up is carried by its own again where a user brings it up anew", async () => {
    const rig = await createRunningTunnel({}, BOTH);
    await die(rig);
    while (rig.tunnel.status().state === "recovering") await failOnce(rig);
    const starting = rig.tunnel.start(later(), OWN);
    expect(rig.driver.launched().carrier).toBeNull();
    rig.driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    expect(await starting).toMatchObject({ carriedBy: null });
  });

  test("a tunnel whose own config is given up has the whole list before it again after a life that was of use", async () => {
    const rig = await createRunningTunnel({}, { failover: ["eu.conf"] });
    await die(rig);
    while (rig.driver.launched().carrier === null) await failOnce(rig);
    const carried = rig.driver.launched().succeed(createFakeTunnel(7, { carrier: "eu.conf", proven: true }));
    carried.becomeReady();
    await turn();
    carried.end("died");
    while (rig.driver.launched().carrier === "eu.conf") await failOnce(rig);
    expect([rig.tunnel.status().state, rig.driver.launched().carrier]).toEqual(["recovering", null]);
  });
});

describe("a restart on request", () => {
  test("a restart on request ends the process, starts another and resolves once that is ready", async () => {
    const { tunnel, driver, running, entries } = await createRunningTunnel();
    const restarting = tunnel.restart(later());
    await turn();
    expect([running.stops, driver.launches.length]).toEqual([["graceful"], 2]);
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    expect(await restarting).toMatchObject({ state: "running", pid: 7, ready: true, restarts: 1 });
    expect(stepsIn(entries).slice(2)).toEqual(["running -> recovering", "recovering -> running"]);
    expect(entries).toContain("ACTION us.conf: ending process 4242: restarted on request");
  });

  test("a restart on request starts nothing before the former process is gone", async () => {
    const { tunnel, driver, running } = await createRunningTunnel();
    const gate = Promise.withResolvers<void>();
    running.stopWith(() => gate.promise);
    const restarting = tunnel.restart(later());
    await turn();
    expect(driver.launches.length).toBe(1);
    running.end("graceful");
    gate.resolve();
    await turn();
    driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    expect(await restarting).toMatchObject({ pid: 7 });
    expect(driver.launches.length).toBe(2);
  });

  test("a restart on request of a process that will not end tells so and tries all the same", async () => {
    const { tunnel, driver, running, entries } = await createRunningTunnel();
    running.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    const restarting = rejectionOf(tunnel.restart(performance.now() + 500));
    await turn();
    driver.launched().fail(new Failure("address-in-use", "taken by the former one"));
    await turn();
    driver.launched().fail(new Failure("address-in-use", "taken by the former one"));
    jest.advanceTimersByTime(500);
    expect((await restarting).message).toBe("taken by the former one");
    expect(entries).toContain("ERROR us.conf: it hangs");
    expect(tunnel.status().state).toBe("recovering");
  });

  test("a restart on request of what was given up starts it anew", async () => {
    const rig = await createRunningTunnel();
    await die(rig);
    while (rig.tunnel.status().state === "recovering") await failOnce(rig);
    const restarting = rig.tunnel.restart(later());
    rig.driver.launched().succeed(createFakeTunnel(7)).becomeReady();
    expect(await restarting).toMatchObject({ state: "running", pid: 7, restarts: 0 });
  });
});

type Rig = Awaited<ReturnType<typeof createRunningTunnel>>;

async function die({ running }: Rig): Promise<void> {
  running.end("died");
  await turn();
}

/** The launch under way fails, and as much time passes as the next one may wait for. */
async function failOnce({ driver }: Rig): Promise<void> {
  await turn();
  driver.launched().fail(new Failure("start-failed", "no"));
  await turn();
  jest.advanceTimersByTime(30_000);
  await turn();
}

function carriersOf({ driver }: Rig): readonly (string | null)[] {
  return driver.launches.map(({ carrier }) => carrier);
}
