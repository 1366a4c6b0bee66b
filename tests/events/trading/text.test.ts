import { expect, test } from "bun:test";
import { refusalOf } from "./publish.ts";

test("a reason has at most 1,000 bytes, not characters", () => {
  expect(refusalOf("lockout_set", { reason: "ü".repeat(500) })).toBeUndefined();
  expect(refusalOf("lockout_set", { reason: `${"ü".repeat(500)}.` })).toBe("data.reason: is longer than 1000 bytes");
});

test("a reason may be empty, and may hold what a terminal must not see", () => {
  expect(refusalOf("lockout_set", { reason: "" })).toBeUndefined();
  expect(refusalOf("lockout_set", { reason: "\u001b[2J\u0000" })).toBeUndefined();
});

test("half a character is refused, a whole one of two halves is not", () => {
  expect(refusalOf("lockout_set", { reason: "\ud83d" })).toBe("data.reason: holds half a character");
  expect(refusalOf("lockout_set", { reason: "\ud83d\ude00" })).toBeUndefined();
});

test("a contract's name is there and has at most 100 bytes", () => {
  expect(refusalOf("MarketQuote", { contractId: "C".repeat(100) })).toBeUndefined();
  expect(refusalOf("MarketQuote", { contractId: "C".repeat(101) })).toBe("data.contractId: is longer than 100 bytes");
  expect(refusalOf("MarketQuote", { contractId: "" })).toBe("data.contractId: is empty");
  expect(refusalOf("MarketQuote", { contractId: 7 })).toBe("data.contractId: must be text");
});

test.each(["RULE-001", "RULE-009", "RULE-010", "RULE-012"])("%s is a rule", (rule) => {
  expect(refusalOf("lockout_set", { rule_id: rule })).toBeUndefined();
});

test.each(["RULE-000", "RULE-013", "RULE-1", "rule-001", "RULE-001\n", ""])("%p is no rule", (rule) => {
  expect(refusalOf("lockout_set", { rule_id: rule })).toBe("data.rule_id: must be RULE-001 to RULE-012");
});
