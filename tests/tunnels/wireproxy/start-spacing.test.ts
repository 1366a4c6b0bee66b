import { afterEach, describe, expect, jest, test } from "bun:test";
import { createStartSpacing } from "../../../src/tunnels/wireproxy/start-spacing.ts";
import { turn } from "../../rig/event-loop.ts";

const DISTANCE_MS = 50;

afterEach(() => void jest.useRealTimers());

describe("starts with one private key", () => {
  test("starts with one private key are 50 ms apart, counted from the former start, however many wait", async () => {
    jest.useFakeTimers();
    const { wait, turns } = createQueue();
    for (let count = 0; count < 4; count++) wait("key");
    await turn();
    expect(turns).toEqual([0]);
    for (const expected of [1, 2, 3]) {
      jest.advanceTimersByTime(DISTANCE_MS - 1);
      await turn();
      expect(turns.length).toBe(expected);
      jest.advanceTimersByTime(1);
      await turn();
      expect(turns.length).toBe(expected + 1);
    }
    expect(turns).toEqual([0, 50, 100, 150]);
  });

  test("starts with one private key need not wait where the former one is 50 ms ago", async () => {
    jest.useFakeTimers();
    const { wait, turns } = createQueue();
    await wait("key");
    jest.advanceTimersByTime(DISTANCE_MS);
    wait("key");
    await turn();
    expect(turns).toEqual([0, 50]);
  });

  test("starts with one private key wait only for the rest of it", async () => {
    jest.useFakeTimers();
    const { wait, turns } = createQueue();
    await wait("key");
    jest.advanceTimersByTime(30);
    wait("key");
    jest.advanceTimersByTime(19);
    await turn();
    expect(turns).toEqual([0]);
    jest.advanceTimersByTime(1);
    await turn();
    expect(turns).toEqual([0, 50]);
  });
});

test("starts with different keys do not wait for each other", async () => {
  jest.useFakeTimers();
  const { wait, turns } = createQueue();
  for (const key of ["one", "other", "third"]) wait(key);
  await turn();
  expect(turns).toEqual([0, 0, 0]);
  expect(jest.getTimerCount()).toBe(0);
});

test("a start that is cancelled waits no longer, leaves no timer, and lets nobody go sooner", async () => {
  jest.useFakeTimers();
  const { wait, turns } = createQueue();
  const end = new AbortController();
  wait("key");
  wait("key", end.signal);
  end.abort();
  await turn();
  expect(turns).toEqual([0, 0]);
  expect(jest.getTimerCount()).toBe(0);
  wait("key");
  jest.advanceTimersByTime(DISTANCE_MS - 1);
  await turn();
  expect(turns).toEqual([0, 0]);
});

/** Starts that note when their turn came, in milliseconds since the beginning. */
function createQueue() {
  const waitForTurn = createStartSpacing();
  const began = performance.now();
  const turns: number[] = [];
  return {
    turns,
    async wait(key: string, signal = new AbortController().signal) {
      await waitForTurn(key, signal);
      turns.push(performance.now() - began);
    },
  };
}
