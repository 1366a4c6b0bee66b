import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import type { Vitals } from "../../../src/tunnels/driver/vitals.ts";
import { advance, turn } from "../../rig/event-loop.ts";
import { createFakeTunnel, FAKE_TIME } from "../fake-driver.ts";
import { COUNTERS, follow, followReady } from "./keeper-rig.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("looks", () => {
  test("looks at a tunnel begin when the process accepts, and come every 8 s while nothing moves", async () => {
    const { running, machine } = follow();
    await advance(4_000);
    expect(machine.looks).toBe(0);
    running.becomeReady();
    await turn();
    expect(machine.looks).toBe(1);
    for (const [pause, looks] of [
      [3_999, 1],
      [1, 2],
      [7_999, 2],
      [1, 3],
    ] as const) {
      await advance(pause);
      expect(machine.looks).toBe(looks);
    }
  });

  test("looks at several tunnels come at the same moments, whenever each was started", async () => {
    const first = await followReady();
    await advance(3_210);
    const second = await followReady();
    await advance(4_789);
    expect([first.machine.looks, second.machine.looks]).toEqual([1, 1]);
    await advance(1);
    expect([first.machine.looks, second.machine.looks]).toEqual([2, 2]);
  });

  test("looks at a tunnel come every second while in doubt", async () => {
    const { running, machine, learn } = await followReady();
    learn(["unanswered"]);
    await advance(8_000);
    const before = machine.looks;
    for (let second = 0; second < 3; second++) await advance(1_000);
    expect(machine.looks).toBe(before + 3);
    expect(running.stops).toEqual([]);
  });

  test("looks at a tunnel come at once where something has changed on this machine", async () => {
    const { keeper, machine } = await followReady();
    keeper.lookNow();
    await turn();
    expect(machine.looks).toBe(2);
  });

  test("looks at a tunnel come at once where the tunnel has news", async () => {
    const { running, machine } = await followReady();
    running.tellNews();
    await turn();
    expect(machine.looks).toBe(2);
  });

  test("looks at a tunnel end with the process, and leave no timer", async () => {
    const { keeper, machine } = await followReady();
    keeper.leave();
    expect(jest.getTimerCount()).toBe(0);
    keeper.lookNow();
    await advance(60_000);
    expect(machine.looks).toBe(1);
  });

  test("looks at a tunnel that cannot be answered do not end the looking", async () => {
    const { running, machine } = await followReady();
    running.observeWith(() => Promise.reject(new Error("no such file")));
    await advance(8_000);
    await advance(8_000);
    expect(machine.looks).toBe(3);
  });

  test("looks at a tunnel whose answer comes after the process was replaced say nothing about the next", async () => {
    const { running, keeper } = await followReady();
    const answer = Promise.withResolvers<Vitals>();
    running.observeWith(() => answer.promise);
    await advance(8_000);
    keeper.follow(createFakeTunnel(7));
    answer.resolve({ signs: [{ sign: "answered", at: performance.now() }], counters: { ...COUNTERS, sent: 9 } });
    await turn();
    expect([keeper.verdict()?.health, keeper.counters()]).toEqual([undefined, null]);
  });
});

describe("what is known", () => {
  test("what is known of a peer that answers: that it is healthy, and what was carried", async () => {
    const { keeper, learn } = await followReady();
    const counters = { ...COUNTERS, sent: 300, received: 200, handshakeAt: FAKE_TIME - 5_000 };
    learn(["answered"], counters);
    await advance(8_000);
    expect(keeper.verdict()).toMatchObject({ health: "healthy", action: null });
    expect(keeper.counters()).toEqual(counters);
  });

  test("what is known of a run that has ended: what it carried, and no verdict", async () => {
    const { keeper, learn } = await followReady();
    learn(["answered"], { sent: 300 });
    await advance(8_000);
    keeper.leave();
    expect([keeper.verdict(), keeper.counters()?.sent]).toEqual([undefined, 300]);
  });

  test("a process that stops answering for its counters is down after three looks, and hangs after 30 s", async () => {
    const { running, keeper, learn, remedies } = await followReady();
    learn([], { sent: 1 });
    await advance(8_000);
    running.observeWith(async () => ({ signs: [], counters: null }));
    for (let look = 0; look < 2; look++) await advance(8_000);
    expect(keeper.verdict()?.health).toBe("idle");
    await advance(8_000);
    expect(keeper.verdict()).toMatchObject({ health: "down", reason: "its SOCKS port does not accept" });
    for (let look = 0; look < 3; look++) await advance(8_000);
    expect(remedies).toEqual([]);
    await advance(8_000);
    expect(remedies).toEqual(["restart: its SOCKS port does not accept"]);
  });

  test("a process that never told its counters does not hang for that", async () => {
    const { running, keeper } = await followReady();
    running.observeWith(async () => ({ signs: [], counters: null }));
    for (let look = 0; look < 10; look++) await advance(8_000);
    expect(keeper.verdict()?.health).toBe("idle");
  });
});
