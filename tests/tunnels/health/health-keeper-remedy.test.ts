import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import type { Sign } from "../../../src/tunnels/driver/vitals.ts";
import { advance, turn } from "../../rig/event-loop.ts";
import { createFakeTunnel, FAKE_TIME } from "../fake-driver.ts";
import { COUNTERS, followReady } from "./keeper-rig.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("what is done", () => {
  test("what is done about a peer that is out of reach: nothing, for a restart would only break what survives", async () => {
    const { keeper, learn, remedies } = await followReady();
    learn(["unanswered", "unanswered", "unanswered"]);
    await advance(8_000);
    expect(keeper.verdict()?.health).toBe("down");
    for (let second = 0; second < 120; second++) await advance(1_000);
    expect(remedies).toEqual([]);
  });

  test("what is done about one whose keys are worth nothing any more: one new process, and no second one", async () => {
    const { learn, remedies } = await followReady();
    learn(["unanswered", "unanswered", "unanswered"], { handshakeAt: FAKE_TIME - 180_001 });
    await advance(8_000);
    expect(remedies).toEqual(["restart: the peer has not answered 3 handshakes"]);
    for (let second = 0; second < 120; second++) await advance(1_000);
    expect(remedies.length).toBe(1);
  });

  test("what is done about one whose name stands for another address: nothing at a hiccup, and it is followed once it is down, for that reason", async () => {
    const { learn, remedies } = await followReady({ moved: true });
    learn(["unanswered"], { sent: 1 });
    await advance(8_000);
    expect(remedies).toEqual([]);
    learn(["unanswered", "unanswered"], { sent: 1 });
    await advance(1_000);
    expect(remedies).toEqual([
      "restart: the peer has not answered 3 handshakes, and its name stands for another address by now",
    ]);
  });

  test("what is done about one that answers again while its name is asked for: nothing, whatever the name stands for", async () => {
    const { keeper, remedies } = await followReady();
    const name = Promise.withResolvers<boolean>();
    const running = createFakeTunnel(4_243);
    const see = (signs: readonly Sign[]) =>
      running.observeWith(async () => ({
        signs: signs.map((sign) => ({ sign, at: performance.now() })),
        counters: COUNTERS,
      }));
    keeper.follow({ ...running, hasMoved: () => name.promise });
    see(["unanswered", "unanswered", "unanswered"]);
    running.becomeReady();
    await turn();
    expect(keeper.verdict()?.health).toBe("down");
    see(["answered"]);
    await advance(1_000);
    expect(keeper.verdict()?.health).toBe("healthy");
    name.resolve(true);
    await turn();
    expect(remedies).toEqual([]);
  });

  test("with a failover list the next one is to carry the tunnel after 25 s", async () => {
    const { learn, remedies } = await followReady({}, { failover: ["eu.conf"] });
    learn(["unanswered", "unanswered", "unanswered"]);
    await advance(8_000);
    for (let second = 0; second < 24; second++) await advance(1_000);
    expect(remedies).toEqual([]);
    await advance(1_000);
    expect(remedies).toEqual(["failover: the peer has not answered 3 handshakes"]);
  });

  test("what is done about a socket that cannot send although this machine has a network: one new process", async () => {
    const { learn, remedies } = await followReady();
    learn(Array.from({ length: 5 }, () => "send-failed"));
    await advance(8_000);
    expect(remedies).toEqual(["restart: this machine cannot send to the peer: network is unreachable"]);
  });

  test("what is done about a machine without a network: nothing, and that is what is told", async () => {
    const { keeper, learn, remedies, machine } = await followReady();
    machine.isReachable = false;
    learn(Array.from({ length: 5 }, () => "send-failed"));
    for (let second = 0; second < 60; second++) await advance(1_000);
    expect(keeper.verdict()).toMatchObject({ health: "down", reason: expect.stringContaining("has no network") });
    expect(remedies).toEqual([]);
  });

  test("nothing is done while a tunnel is not running, or not to recover", async () => {
    for (const rig of [await followReady({}, { recover: false }), await followReady({}, {}, false)]) {
      rig.learn(Array.from({ length: 5 }, () => "send-failed"));
      await advance(8_000);
      expect(rig.remedies).toEqual([]);
    }
  });
});
