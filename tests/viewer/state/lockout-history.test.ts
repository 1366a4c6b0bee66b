import { expect, test } from "bun:test";
import type { Action, Lockout } from "../../../src/viewer/state/account-state.ts";
import { addLockout, isLocking, listLockouts } from "../../../src/viewer/state/lockout-history.ts";
import { NOW } from "../fixture-database.ts";

const seen = (rule: string, secondsAgo: number, reason = "seen"): Lockout => ({
  rule,
  reason,
  from: NOW - secondsAgo * 1_000,
  until: undefined,
});
const done = (rule: string, secondsAgo: number): Action => ({
  rule,
  at: NOW - secondsAgo * 1_000,
  kind: "COOLDOWN",
  reason: "done",
  success: true,
});
const list = (seenLockouts: readonly Lockout[], lockingActions: readonly Action[]) =>
  listLockouts({ seenLockouts, lockingActions }).map(({ rule, reason }) => `${rule} ${reason}`);

test("what was seen and what the log tells are one list, the newest first, without doubles", () => {
  expect(list([seen("B", 20), seen("A", 40)], [done("C", 10), done("B", 19), done("B", 30), done("A", 36)])).toEqual([
    "C done",
    "B seen",
    "B done",
    "A seen",
  ]);
});

test("the action of another rule, or more than five seconds away, is of another lockout", () => {
  expect(list([seen("A", 20)], [done("B", 20)])).toHaveLength(2);
  expect(list([seen("A", 20)], [done("A", 15)])).toHaveLength(1);
  expect(list([seen("A", 20)], [done("A", 14)])).toHaveLength(2);
  expect(list([seen("A", 20)], [done("A", 26)])).toHaveLength(2);
});

test("the last five", () => {
  const all = [1, 2, 3, 4, 5, 6].map((age) => seen(`${age}`, age));
  expect(all.reduceRight(addLockout, []).map(({ rule }) => rule)).toEqual(["1", "2", "3", "4", "5"]);
  expect(list(all.slice(0, 3), [done("7", 60), done("8", 70), done("9", 80)])).toHaveLength(5);
});

test("the same one told again takes its place", () => {
  expect(addLockout([seen("A", 20)], seen("A", 20, "again"))).toEqual([seen("A", 20, "again")]);
  expect(addLockout([seen("A", 20)], seen("A", 19, "renewed"))).toHaveLength(2);
});

test.each([
  ["CLOSE_ALL_AND_LOCKOUT", true],
  ["COOLDOWN", true],
  ["CLOSE_ALL_POSITIONS", false],
  ["REMOVE_LOCKOUT", false],
])("%s locks: %p", (kind, locks) => expect(isLocking({ kind })).toBe(locks));
