import { expect, test } from "bun:test";
import { refusalOf } from "./publish.ts";

test.each([
  [{ previous_pnl: 0, lockouts_cleared: false }, undefined],
  [{ previous_trade_count: 0 }, undefined],
  [{ previous_trade_count: -1 }, "data.previous_trade_count: must not be below 0"],
  [{ previous_trade_count: 1.5 }, "data.previous_trade_count: must be an integer of at most 2^53 - 1"],
  [{ previous_pnl: null }, "data.previous_pnl: must be a number"],
  [{ lockouts_cleared: undefined }, "data.lockouts_cleared: is missing"],
  [{ lockouts_cleared: 0 }, "data.lockouts_cleared: must be true or false"],
  [{ reset_time: undefined }, "data.reset_time: is missing"],
])("with %j", (changes, refusal) => {
  expect(refusalOf("daily_reset", changes)).toBe(refusal);
});
