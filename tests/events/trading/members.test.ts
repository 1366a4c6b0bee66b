import { describe, expect, test } from "bun:test";
import { dataOf, refusalOf } from "./publish.ts";

describe("a number", () => {
  test.each([2 ** 53 - 1, 0, -1])("a number takes %p for an id", (id) => {
    expect(refusalOf("GatewayUserTrade", { id })).toBeUndefined();
  });

  test.each([2 ** 53, -(2 ** 53), 1.5, 1e300])("a number refuses %p for an id, which is rounded or none", (id) => {
    expect(refusalOf("GatewayUserTrade", { id })).toBe("data.id: must be an integer of at most 2^53 - 1");
  });

  test.each([["558201"], [true], [[]], [{}]])("a number refuses %p for an id", (id) => {
    expect(refusalOf("GatewayUserTrade", { id })).toBe("data.id: must be an integer");
  });

  test.each([2 ** 53 - 1, -(2 ** 53 - 1), 0, -0.01])("a number takes %p for an amount", (profitAndLoss) => {
    expect(refusalOf("GatewayUserTrade", { profitAndLoss })).toBeUndefined();
  });

  test.each([2 ** 53, -(2 ** 53)])("a number refuses %p for an amount", (profitAndLoss) => {
    expect(refusalOf("GatewayUserTrade", { profitAndLoss })).toMatch(/^data\.profitAndLoss: must be a number between/);
  });
});

describe("a text", () => {
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

  test.each(["RULE-001", "RULE-013", "max_daily_loss", "Règle 7", "r".repeat(100)])("%s is a rule", (rule) => {
    expect(refusalOf("lockout_set", { rule_id: rule })).toBeUndefined();
  });

  test.each([
    ["", "is empty"],
    ["r".repeat(101), "is longer than 100 bytes"],
    [7, "must be text"],
  ])("%p is no rule", (rule, fault) => {
    expect(refusalOf("lockout_set", { rule_id: rule })).toBe(`data.rule_id: ${fault}`);
  });
});

describe("the details of an action", () => {
  const NOT_EXACT = "data.details: must be JSON whose numbers are at most 2^53 - 1, nested at most 16 deep";

  test("the details of an action are optional, and kept with all that is in them", () => {
    expect(dataOf("enforcement_action", { details: undefined })).not.toHaveProperty("details");
    const details = { orders_canceled: 0, ticket: "T-1", legs: [{ size: -1.5, open: false, note: null }] };
    expect(dataOf("enforcement_action", { details })).toMatchObject({ details });
  });

  test.each([[[]], ["closed"], [null], [1]])("%p are none", (details) => {
    expect(refusalOf("enforcement_action", { details })).toBe("data.details: must be an object");
  });

  test.each([
    [{ positions_closed: -1 }, "data.details.positions_closed: must not be below 0"],
    [{ orders_canceled: "2" }, "data.details.orders_canceled: must be an integer"],
    [{ order: { id: 2 ** 53 } }, NOT_EXACT],
    [{ note: ["\ud83d"] }, NOT_EXACT],
    [{ "\ud83d": 1 }, NOT_EXACT],
    [nest(16), undefined],
    [nest(17), NOT_EXACT],
    [nest(5_000), NOT_EXACT],
  ])("the details of an action are bounded: case %#", (details, refusal) => {
    expect(refusalOf("enforcement_action", { details })).toBe(refusal);
  });

  /** Objects within each other, `levels` of them. */
  function nest(levels: number): object {
    let nested = {};
    for (let level = 1; level < levels; level += 1) nested = { nested };
    return nested;
  }
});
