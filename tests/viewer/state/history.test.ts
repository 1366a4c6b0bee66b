import { describe, expect, test } from "bun:test";
import { applyEvent } from "../../../src/viewer/state/apply-event.ts";
import { applyTime } from "../../../src/viewer/state/apply-rows.ts";
import { addLockout, isLocking, listLockouts } from "../../../src/viewer/state/history.ts";
import type { Action, Lockout } from "../../../src/viewer/state/wire-data.ts";
import { NOW } from "../fixture-database.ts";
import { after } from "./sample-state.ts";

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

test("the last five lockouts are kept", () => {
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

describe("actions", () => {
  const action = (name: string, reason: string, timestamp?: string) => ({
    type: "enforcement_action",
    data: { action: name, reason, rule_id: "RULE-007", timestamp },
  });

  test("actions are listed with the newest first, twenty of them, each kind counted", () => {
    const named = (index: number) => action(index % 2 === 0 ? "COOLDOWN" : "cooldown", `${index}`);
    const state = after(...Array.from({ length: 25 }, (_, index) => named(index)));
    expect(state.actions).toHaveLength(20);
    expect(state.actions[0]).toMatchObject({ reason: "24", success: undefined });
    expect([...state.actionCounts]).toEqual([["COOLDOWN", 25]]);
  });

  test("actions of an earlier day, told late, are listed in their place and do not count for this one", () => {
    const state = after(
      action("COOLDOWN", "today's", "2025-11-03T22:00:00Z"),
      action("COOLDOWN", "yesterday's", "2025-11-03T21:59:59Z"),
    );
    expect(state.actions.map(({ reason }) => reason)).toEqual(["today's", "yesterday's"]);
    expect([...state.actionCounts]).toEqual([["COOLDOWN", 1]]);
  });

  test("a reset and a new day count those that were taken since", () => {
    const taken = after(
      action("COOLDOWN", "before", "2025-11-04T14:59:29Z"),
      action("COOLDOWN", "after", "2025-11-04T14:59:30Z"),
    );
    const reset = { type: "daily_reset", account_id: 7_001, data: { reset_time: "2025-11-04T14:59:30Z" } };
    expect([...applyEvent(taken, reset, NOW).actionCounts]).toEqual([["COOLDOWN", 1]]);
    expect([...applyTime(taken, NOW + 86_400_000).actionCounts]).toEqual([]);
  });

  test("actions that lock without a word of the lockout are in the history; others are not", () => {
    const state = after(action("cooldown", "a loss"), action("REJECT_ORDER", "too many"));
    expect(listLockouts(state)).toEqual([{ rule: "RULE-007", reason: "a loss", from: NOW, until: undefined }]);
  });
});
