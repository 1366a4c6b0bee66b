import { expect, test } from "bun:test";
import { createBackoff } from "../../../src/linksocks/client/backoff.ts";

test("it grows by half with every failure", () => {
  const backoff = createBackoff(1_000, 600_000, () => 0);
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([1_000, 1_500, 2_250, 3_375]);
});

test("it never exceeds 10 min, however many failures there were", () => {
  const backoff = createBackoff(1_000, 600_000, () => 1);
  const delays = Array.from({ length: 3_000 }, () => backoff.next());
  expect(Math.max(...delays)).toBe(600_000);
  expect(delays.at(-1)).toBe(600_000);
});

test("a success makes the next failure the first", () => {
  const backoff = createBackoff(20, 600_000, () => 1);
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(20);
});

test("the first delay is exact, and each later one is up to a tenth longer", () => {
  const backoff = createBackoff(1_000, 600_000, () => 1);
  expect(backoff.next()).toBe(1_000);
  expect(backoff.next()).toBeCloseTo(1_650);
});
