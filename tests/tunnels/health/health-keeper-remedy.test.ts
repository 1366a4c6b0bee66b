import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { advance } from "../../rig/event-loop.ts";
import { FAKE_TIME } from "../fake-driver.ts";
import { followReady } from "./keeper-rig.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("what is done", () => {
  test("about a peer that is out of reach: nothing, for a restart would only break what survives", async () => {
    const { keeper, learn, restarts } = await followReady();
    learn(["unanswered", "unanswered", "unanswered"]);
    await advance(8_000);
    expect(keeper.health().word).toBe("down");
    for (let second = 0; second < 120; second++) await advance(1_000);
    expect(restarts).toEqual([]);
  });

  test("about one whose keys are worth nothing any more: one new process, and no second one", async () => {
    const { learn, restarts } = await followReady();
    learn(["unanswered", "unanswered", "unanswered"], { handshakeAt: FAKE_TIME - 180_001 });
    await advance(8_000);
    expect(restarts).toEqual(["the peer has not answered 3 handshakes (network-drop)"]);
    for (let second = 0; second < 120; second++) await advance(1_000);
    expect(restarts.length).toBe(1);
  });

  test("about one whose name stands for another address: it is followed", async () => {
    const { learn, restarts } = await followReady({ moved: true });
    learn(["unanswered"], { sent: 1 });
    await advance(8_000);
    expect(restarts).toEqual(["the peer has not answered a handshake (network-drop)"]);
  });

  test("with a failover list: after 25 s the next one is to carry it", async () => {
    const { learn, restarts, failoverOrder } = await followReady({}, { failover: ["eu.conf"] });
    learn(["unanswered", "unanswered", "unanswered"]);
    await advance(8_000);
    for (let second = 0; second < 24; second++) await advance(1_000);
    expect([restarts.length, failoverOrder.current()]).toEqual([0, null]);
    await advance(1_000);
    expect([restarts.length, failoverOrder.current()]).toEqual([1, "eu.conf"]);
  });

  test("about a socket that cannot send although this machine has a network: one new process", async () => {
    const { learn, restarts } = await followReady();
    learn(Array.from({ length: 5 }, () => "send-failed"));
    await advance(8_000);
    expect(restarts).toEqual(["this machine cannot send to the peer: network is unreachable (network-drop)"]);
  });

  test("about a machine without a network: nothing, and that is what is told", async () => {
    const { keeper, learn, restarts, machine } = await followReady();
    machine.isReachable = false;
    learn(Array.from({ length: 5 }, () => "send-failed"));
    for (let second = 0; second < 60; second++) await advance(1_000);
    expect(keeper.health()).toMatchObject({ word: "down", reason: expect.stringContaining("has no network") });
    expect(restarts).toEqual([]);
  });

  test("while it is not running, or not to recover: nothing", async () => {
    for (const rig of [await followReady({}, { recover: false }), await followReady({}, {}, "starting")]) {
      rig.learn(Array.from({ length: 5 }, () => "send-failed"));
      await advance(8_000);
      expect(rig.restarts).toEqual([]);
    }
  });
});
