import { expect, test } from "bun:test";
import { dataOf, NOW, refusalOf } from "./publish.ts";
import type { SampleName } from "./samples.ts";

const ABSENT_RECEIPTS: [SampleName, string][] = [
  ["GatewayUserTrade", "timestamp"],
  ["GatewayUserPosition", "updatedAt"],
  ["GatewayUserOrder", "updatedAt"],
  ["MarketQuote", "timestamp"],
  ["lockout_set", "locked_at"],
  ["enforcement_action", "timestamp"],
  ["daemon_status", "timestamp"],
];

test.each(ABSENT_RECEIPTS)("the moment of receipt stands in %s for an absent %s", (name, member) => {
  expect(dataOf(name, { [member]: undefined })).toMatchObject({ [member]: "2025-11-05T00:00:00.000Z" });
});

test.each(ABSENT_RECEIPTS)("%s keeps the %s that it has", (name, member) => {
  const given = "2025-11-04T23:59:59Z";
  expect(dataOf(name, { [member]: given })).toMatchObject({ [member]: given });
});

const UNKNOWABLE: [SampleName, string][] = [
  ["GatewayUserTrade", "quantity"],
  ["GatewayUserTrade", "executionTime"],
  ["GatewayUserPosition", "createdAt"],
  ["GatewayUserOrder", "createdAt"],
  ["daily_reset", "previous_trade_count"],
];

test.each(UNKNOWABLE)("%s may come without its %s, which nobody then makes up", (name, member) => {
  expect(dataOf(name, { [member]: undefined })).not.toHaveProperty(member);
});

test("a day does not end in the future, but for what clocks differ", () => {
  const at = (ahead: number) => ({ reset_time: new Date(NOW + ahead).toISOString() });
  expect(refusalOf("daily_reset", at(5_000))).toBeUndefined();
  expect(refusalOf("daily_reset", at(5_001))).toBe("data.reset_time: is in the future");
});

test("a position opened by a clock ahead of this one is not updated before it was opened", () => {
  const createdAt = new Date(NOW + 60_000).toISOString();
  expect(dataOf("GatewayUserPosition", { createdAt, updatedAt: undefined })).toMatchObject({ updatedAt: createdAt });
});
