import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../../src/platform/failure.ts";
import type { WantedTunnel } from "../../../src/tunnels/driver/child-record.ts";
import { advance, settled, turn } from "../../rig/event-loop.ts";
import { createFakeTunnel } from "../fake-driver.ts";
import { follow } from "../health/keeper-rig.ts";
import { createManagerRig } from "../manager-rig.ts";
import { createRunningTunnel, createTunnelRig, later, OWN } from "./tunnel-rig.ts";

// What reconnects by itself accepts before its peer was ever reached, and is not to be started anew for want of it.

const REFUSED = new Failure("start-failed", "LinkSocks failed to start: invalid token");
const EMBEDDED: WantedTunnel = { config: "us.conf", socksPort: null, ownAddress: true };

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test("a start that ends for a known reason fails with it", async () => {
  const { tunnel, driver } = createTunnelRig();
  const starting = tunnel.start(later(), OWN);
  driver.launched().succeed().end("died-during-startup", REFUSED);
  await expect(starting).rejects.toBe(REFUSED);
  expect(tunnel.status().state).toBe("idle");
});

describe("a recovery", () => {
  test("a recovery is over when its time is, and the tunnel runs without being ready; the process is left alone", async () => {
    const { tunnel, driver, running } = await createRunningTunnel({ reconnects: true });
    running.end("died");
    await turn();
    const next = driver.launched().succeed(createFakeTunnel(5, { reconnects: true }));
    await advance(19_999);
    expect(tunnel.status().state).toBe("recovering");
    await advance(1);
    expect(tunnel.status()).toMatchObject({ state: "running", ready: false, pid: 5 });
    expect([next.stops, driver.launches.length]).toEqual([[], 2]);
    next.becomeReady();
    await turn();
    expect(tunnel.status()).toMatchObject({ state: "running", ready: true });
  });

  test("a recovery that is joined fails with the reason of the last try", async () => {
    const { tunnel, driver, running } = await createRunningTunnel({ reconnects: true });
    running.end("died");
    await turn();
    const joining = tunnel.start(performance.now() + 100, OWN);
    const failing = joining.catch((error: unknown) => error);
    driver.launched().succeed(createFakeTunnel(5)).end("died-during-startup", REFUSED);
    await advance(100);
    expect(await failing).toBe(REFUSED);
  });
});

test("before it is ready it counts as accepting, and is judged by its signs", async () => {
  const { keeper, learn, remedies } = follow({ reconnects: true });
  learn(["unanswered"]);
  await advance(8_000);
  expect(keeper.verdict()).toMatchObject({ health: "degraded", reason: "the peer has not answered a handshake" });
  for (let second = 0; second < 60; second++) await advance(1_000);
  expect(remedies).toEqual([]);
});

test("a release waits until its addresses are free", async () => {
  const { tunnel, running } = await createRunningTunnel({ reconnects: true });
  const closing = Promise.withResolvers<void>();
  Object.assign(running, { release: () => closing.promise });
  const released = tunnel.release();
  expect(await settled(released)).toBe(false);
  closing.resolve();
  await released;
});

describe("what ended with the daemon before", () => {
  test("what ended with the daemon before is brought up where it was, also where it is not to recover: it has not died of itself", async () => {
    const { manager, driver, wanted } = createManagerRig({
      policies: { "us.conf": { recover: false } },
      wanted: [EMBEDDED],
    });
    driver.embedded.add("us.conf");
    await manager.adoptAll();
    expect((await driver.next()).placement).toEqual(OWN);
    expect(wanted.list()).toEqual([EMBEDDED]);
  });
});
