import { expect, test } from "bun:test";
import { createBackoff, growingDelays } from "../../src/net/backoff.ts";

const DELAYS = [1_000, 2_000, 5_000];

test("the delays are waited in their order, and the last one for ever", () => {
  const backoff = createBackoff({ delays: DELAYS, jitter: 0.2 }, () => 0.5);
  expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([1_000, 2_000, 5_000, 5_000, 5_000]);
  expect(backoff.failures).toBe(5);
});

test("a success makes the next failure the first", () => {
  const backoff = createBackoff({ delays: DELAYS, jitter: 0 });
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.failures).toBe(0);
  expect(backoff.next()).toBe(1_000);
});

test("a delay varies by the jitter's share either way", () => {
  expect(createBackoff({ delays: DELAYS, jitter: 0.2 }, () => 0).next()).toBe(800);
  expect(createBackoff({ delays: DELAYS, jitter: 0.2 }, () => 1).next()).toBe(1_200);
});

test("growing delays end with the longest, which they never exceed", () => {
  expect(growingDelays(1_000, 1.5, 3_000)).toEqual([1_000, 1_500, 2_250, 3_000]);
  expect(growingDelays(600_000, 1.5, 600_000)).toEqual([600_000]);
  expect(Math.max(...growingDelays(20, 1.5, 600_000))).toBe(600_000);
});
