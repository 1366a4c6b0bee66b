import { expect, test } from "bun:test";
import { createFailureLimit, type FailureLimit } from "../../../src/linksocks/server/failure-limit.ts";

test("the limit of failures refuses an address after 100 failures, and no other one", () => {
  const limit = createFailureLimit(() => 0);
  fail(limit, "192.0.2.1", 99);
  expect(limit.isRefused("192.0.2.1")).toBe(false);
  fail(limit, "192.0.2.1", 1);
  expect(limit.isRefused("192.0.2.1")).toBe(true);
  expect(limit.isRefused("192.0.2.2")).toBe(false);
});

test("the limit of failures forgives ten failures in a second", () => {
  let now = 0;
  const limit = createFailureLimit(() => now);
  fail(limit, "192.0.2.1", 100);
  now = 99;
  expect(limit.isRefused("192.0.2.1")).toBe(true);
  now = 1_000;
  fail(limit, "192.0.2.1", 9);
  expect(limit.isRefused("192.0.2.1")).toBe(false);
  fail(limit, "192.0.2.1", 1);
  expect(limit.isRefused("192.0.2.1")).toBe(true);
});

test("the limit of failures counts no more than 100, so that nobody is refused for long", () => {
  let now = 0;
  const limit = createFailureLimit(() => now);
  fail(limit, "192.0.2.1", 5_000);
  now = 100;
  expect(limit.isRefused("192.0.2.1")).toBe(false);
});

test("the limit of failures forgives no more than there was", () => {
  let now = 0;
  const limit = createFailureLimit(() => now);
  fail(limit, "192.0.2.1", 1);
  now = 1_000_000;
  fail(limit, "192.0.2.1", 100);
  expect(limit.isRefused("192.0.2.1")).toBe(true);
});

test.each([
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["fe80::1%eth0", "fe80::2%eth1", true],
  ["::ffff:192.0.2.1", "192.0.2.1", true],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.2", false],
])("the limit of failures %s and %s are one to it: %p", (one, other, isOne) => {
  const limit = createFailureLimit(() => 0);
  fail(limit, one, 100);
  expect(limit.isRefused(other)).toBe(isOne);
});

test("the limit of failures remembers 10,000 addresses, and forgets the one that has not failed for longest", () => {
  const limit = createFailureLimit(() => 0);
  fail(limit, "first", 100);
  fail(limit, "second", 100);
  for (let index = 0; index < 9_998; index++) limit.recordFailure(`other ${index}`);
  fail(limit, "first", 1);
  expect([limit.isRefused("first"), limit.isRefused("second")]).toEqual([true, true]);
  limit.recordFailure("one more");
  expect([limit.isRefused("first"), limit.isRefused("second")]).toEqual([true, false]);
});

function fail(limit: FailureLimit, address: string, times: number): void {
  for (let count = 0; count < times; count++) limit.recordFailure(address);
}
