import { expect, test } from "bun:test";
import { NOW, refusalOf } from "./publish.ts";

test("half a round trip, which has no result, is no event", () => {
  expect(refusalOf("GatewayUserTrade", { profitAndLoss: null })).toBe(
    "data.profitAndLoss: is null: a trade without a result is half a round trip, and no event",
  );
  expect(refusalOf("GatewayUserTrade", { profitAndLoss: undefined })).toBe("data.profitAndLoss: is missing");
  expect(refusalOf("GatewayUserTrade", { profitAndLoss: 0 })).toBeUndefined();
});

test.each([
  [1, undefined],
  [0, "data.quantity: must be above 0"],
  [-1, "data.quantity: must be above 0"],
  [1.5, "data.quantity: must be an integer of at most 2^53 - 1"],
])("a quantity of %p", (quantity, refusal) => {
  expect(refusalOf("GatewayUserTrade", { quantity })).toBe(refusal);
});

test("was not executed in the future, but for what clocks differ", () => {
  const at = (ahead: number) => ({ executionTime: new Date(NOW + ahead).toISOString() });
  expect(refusalOf("GatewayUserTrade", at(5_000))).toBeUndefined();
  expect(refusalOf("GatewayUserTrade", at(5_001))).toBe("data.executionTime: is in the future");
});
