import { expect, test } from "bun:test";
import { createBreaker } from "../../../src/endpoints/forwarding/breaker.ts";

test("a breaker opens after five failures within half a minute, and lets one attempt through after a pause that doubles", () => {
  let now = 0;
  const breaker = createBreaker(() => now);
  for (let failure = 0; failure < 5; failure += 1) {
    expect([breaker.state, breaker.admit()]).toEqual(["closed", true]);
    breaker.failed();
  }
  for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    now += pause - 1;
    expect([breaker.state, breaker.admit()]).toEqual(["open", false]);
    now += 1;
    expect([breaker.admit(), breaker.state, breaker.admit()]).toEqual([true, "probing", false]);
    breaker.failed();
  }
  now += 30_000;
  expect(breaker.admit()).toBe(true);
  breaker.succeeded();
  expect([breaker.state, breaker.admit(), breaker.admit()]).toEqual(["closed", true, true]);
});

test("a breaker stays closed where failures are further apart, or a success is between them", () => {
  let now = 0;
  const breaker = createBreaker(() => now);
  for (let failure = 0; failure < 20; failure += 1) {
    now += 8_000;
    breaker.failed();
  }
  expect(breaker.state).toBe("closed");
  for (let failure = 0; failure < 20; failure += 1) {
    if (failure % 4 === 0) breaker.succeeded();
    breaker.failed();
  }
  expect(breaker.state).toBe("closed");
});

test("a breaker lets another attempt through where the one before it was abandoned", () => {
  let now = 0;
  const breaker = createBreaker(() => now);
  for (let failure = 0; failure < 5; failure += 1) breaker.failed();
  now += 1_000;
  expect(breaker.admit()).toBe(true);
  breaker.abandoned();
  expect(breaker.admit()).toBe(true);
});
