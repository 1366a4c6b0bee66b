import { describe, expect, test } from "bun:test";
import { CONTRACT } from "../fixture-database.ts";
import { after, lockout, trade } from "./sample-state.ts";

describe("what has just happened", () => {
  const texts = (...events: readonly { type: string; data: Record<string, unknown> }[]) =>
    after(...events).notices.map(({ text }) => text);

  test("the last two things that have just happened are shown", () => {
    expect(texts(trade(1), trade(37.5), trade(-2))).toEqual([
      `trade in ${CONTRACT}: -2.00`,
      `trade in ${CONTRACT}: +37.50`,
    ]);
  });

  test("what has just happened: a lockout silences trades, but neither actions nor the daemon", () => {
    expect(texts(trade(1), lockout, trade(2))).toEqual([]);
    const action = { type: "enforcement_action", data: { action: "COOLDOWN", reason: "a loss", rule_id: "RULE-007" } };
    const status = { type: "daemon_status", data: { status: "ERROR", message: "no broker" } };
    expect(texts(lockout, { ...action, data: { ...action.data, success: false } }, status)).toEqual([
      "daemon ERROR: no broker",
      "COOLDOWN failed by RULE-007: a loss",
    ]);
  });

  test("a reset that clears a lockout is told beside it, in either order", () => {
    const reset = { type: "daily_reset", data: { previous_pnl: -86.25, lockouts_cleared: true } };
    const cleared = { type: "lockout_cleared", data: { cleared_by: "DAILY_RESET" } };
    const told = ["a new day; the last one's result was -86.25", "trading resumed (DAILY_RESET)"];
    expect(texts(lockout, cleared, reset)).toEqual(told);
    expect(texts(lockout, reset, cleared)).toEqual(told.toReversed());
  });
});
