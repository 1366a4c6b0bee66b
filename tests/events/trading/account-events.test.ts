import { describe, expect, test } from "bun:test";
import { dataOf, refusalOf } from "./publish.ts";

describe("a lockout", () => {
  test("a lockout may have no end, but must say so", () => {
    expect(dataOf("lockout_set", { locked_until: null })).toMatchObject({ locked_until: null });
    expect(refusalOf("lockout_set", { locked_until: undefined })).toBe("data.locked_until: is missing");
  });

  test("a lockout may end in the future", () => {
    expect(refusalOf("lockout_set", { locked_until: "2099-01-01T00:00:00Z" })).toBeUndefined();
  });

  test("a lockout says why, and by which rule", () => {
    expect(refusalOf("lockout_set", { reason: undefined })).toBe("data.reason: is missing");
    expect(refusalOf("lockout_set", { reason: null })).toBe("data.reason: must be text");
    expect(refusalOf("lockout_set", { rule_id: undefined })).toBe("data.rule_id: is missing");
  });

  test.each(["TIMER_EXPIRY", "ADMIN_OVERRIDE", "DAILY_RESET"])("a lockout is cleared by %s", (cause) => {
    expect(refusalOf("lockout_cleared", { cleared_by: cause })).toBeUndefined();
  });

  test.each(["timer_expiry", "ME", null])("a lockout is not cleared by %p", (cause) => {
    expect(refusalOf("lockout_cleared", { cleared_by: cause })).toBe(
      "data.cleared_by: must be TIMER_EXPIRY, ADMIN_OVERRIDE or DAILY_RESET",
    );
  });

  test("a lockout is cleared at some time", () => {
    expect(refusalOf("lockout_cleared", { cleared_at: undefined })).toBe("data.cleared_at: is missing");
  });
});

describe("an action", () => {
  test.each(["COOLDOWN", "REDUCE_POSITION", "SOMETHING_NEW"])(
    "an action takes the action %s: the set is open",
    (action) => {
      expect(refusalOf("enforcement_action", { action })).toBeUndefined();
    },
  );

  test("an action does not invent a success, and takes none but true and false", () => {
    expect(dataOf("enforcement_action", { success: undefined })).not.toHaveProperty("success");
    expect(dataOf("enforcement_action", { success: false })).toMatchObject({ success: false });
    expect(refusalOf("enforcement_action", { success: 1 })).toBe("data.success: must be true or false");
  });

  test.each([
    [{ action: "" }, "data.action: is empty"],
    [{ action: undefined }, "data.action: is missing"],
    [{ reason: undefined }, "data.reason: is missing"],
    [{ rule_id: undefined }, "data.rule_id: is missing"],
  ])("an action with %j gets the refusal %p", (changes, refusal) => {
    expect(refusalOf("enforcement_action", changes)).toBe(refusal);
  });
});

describe("a daily reset", () => {
  test.each([
    [{ previous_pnl: 0, lockouts_cleared: false }, undefined],
    [{ previous_trade_count: 0 }, undefined],
    [{ previous_trade_count: -1 }, "data.previous_trade_count: must not be below 0"],
    [{ previous_trade_count: 1.5 }, "data.previous_trade_count: must be an integer of at most 2^53 - 1"],
    [{ previous_pnl: null }, "data.previous_pnl: must be a number"],
    [{ lockouts_cleared: undefined }, "data.lockouts_cleared: is missing"],
    [{ lockouts_cleared: 0 }, "data.lockouts_cleared: must be true or false"],
    [{ reset_time: undefined }, "data.reset_time: is missing"],
  ])("a daily reset with %j gets the refusal %p", (changes, refusal) => {
    expect(refusalOf("daily_reset", changes)).toBe(refusal);
  });
});

describe("the daemon's status", () => {
  test.each(["RUNNING", "STOPPING", "ERROR"])("%s is a status", (status) => {
    expect(refusalOf("daemon_status", { status })).toBeUndefined();
  });

  test.each(["running", "STOPPED", null])("%p is no status", (status) => {
    expect(refusalOf("daemon_status", { status })).toBe("data.status: must be RUNNING, STOPPING or ERROR");
  });

  test("the daemon's status has a message", () => {
    expect(refusalOf("daemon_status", { message: undefined })).toBe("data.message: is missing");
  });
});
