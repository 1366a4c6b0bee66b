import { expect, test } from "bun:test";
import { dataOf, refusalOf } from "./publish.ts";

test("may have no end, but must say so", () => {
  expect(dataOf("lockout_set", { locked_until: null })).toMatchObject({ locked_until: null });
  expect(refusalOf("lockout_set", { locked_until: undefined })).toBe("data.locked_until: is missing");
});

test("may end in the future", () => {
  expect(refusalOf("lockout_set", { locked_until: "2099-01-01T00:00:00Z" })).toBeUndefined();
});

test("says why, and by which rule", () => {
  expect(refusalOf("lockout_set", { reason: undefined })).toBe("data.reason: is missing");
  expect(refusalOf("lockout_set", { reason: null })).toBe("data.reason: must be text");
  expect(refusalOf("lockout_set", { rule_id: undefined })).toBe("data.rule_id: is missing");
});

test.each(["TIMER_EXPIRY", "ADMIN_OVERRIDE", "DAILY_RESET"])("is cleared by %s", (cause) => {
  expect(refusalOf("lockout_cleared", { cleared_by: cause })).toBeUndefined();
});

test.each(["timer_expiry", "ME", null])("is not cleared by %p", (cause) => {
  expect(refusalOf("lockout_cleared", { cleared_by: cause })).toBe(
    "data.cleared_by: must be TIMER_EXPIRY, ADMIN_OVERRIDE or DAILY_RESET",
  );
});

test("is cleared at some time", () => {
  expect(refusalOf("lockout_cleared", { cleared_at: undefined })).toBe("data.cleared_at: is missing");
});
