import { expect, test } from "bun:test";
import { createRetryDelay } from "../../../src/viewer/client/retry-delay.ts";

test("1, 2, 4, 8, then 10 seconds for ever; a success begins anew", () => {
  const delay = createRetryDelay(() => 0.5);
  expect([1, 2, 3, 4, 5, 6, 7].map(() => delay.next())).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
  delay.reset();
  expect(delay.next()).toBe(1_000);
});

test("clients spread out by a fifth either way", () => {
  expect(createRetryDelay(() => 0).next()).toBe(800);
  expect(createRetryDelay(() => 1).next()).toBe(1_200);
});
