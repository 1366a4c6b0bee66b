import { describe, expect, test } from "bun:test";
import { applyEvent } from "../../../src/viewer/state/apply-event.ts";
import { applyTime } from "../../../src/viewer/state/apply-rows.ts";
import { listLockouts } from "../../../src/viewer/state/lockout-history.ts";
import { NOW } from "../fixture-database.ts";
import { after } from "./sample-state.ts";

describe("actions", () => {
  const action = (name: string, reason: string, timestamp?: string) => ({
    type: "enforcement_action",
    data: { action: name, reason, rule_id: "RULE-007", timestamp },
  });

  test("the newest first, twenty of them, each kind counted", () => {
    const named = (index: number) => action(index % 2 === 0 ? "COOLDOWN" : "cooldown", `${index}`);
    const state = after(...Array.from({ length: 25 }, (_, index) => named(index)));
    expect(state.actions).toHaveLength(20);
    expect(state.actions[0]).toMatchObject({ reason: "24", success: undefined });
    expect([...state.actionCounts]).toEqual([["COOLDOWN", 25]]);
  });

  test("of an earlier day, told late, are listed in their place and do not count for this one", () => {
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

  test("that lock without a word of the lockout are in the history; others are not", () => {
    const state = after(action("cooldown", "a loss"), action("REJECT_ORDER", "too many"));
    expect(listLockouts(state)).toEqual([{ rule: "RULE-007", reason: "a loss", from: NOW, until: undefined }]);
  });
});
