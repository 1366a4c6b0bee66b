import { expect, test } from "bun:test";
import { parseEvent } from "../../../src/events/trading/parse-event.ts";
import { NOW, refusalOf } from "./publish.ts";
import { SAMPLES } from "./samples.ts";

test.each([
  [{ bid: 10, ask: 10, last: 9 }, undefined],
  [{ bid: 10, ask: 9.75 }, "data.ask: must not be below bid"],
  [{ bid: 0 }, "data.bid: must be above 0"],
  [{ ask: 0 }, "data.ask: must be above 0"],
  [{ last: 0 }, "data.last: must be above 0"],
  [{ bid: -1 }, "data.bid: must be above 0"],
  [{ last: null }, "data.last: must be a number"],
  [{ last: undefined }, "data.last: is missing"],
])("with %j", (changes, refusal) => {
  expect(refusalOf("MarketQuote", changes)).toBe(refusal);
});

test("is not of the future, but for what clocks differ; an old one is still a quote", () => {
  const at = (ahead: number) => ({ timestamp: new Date(NOW + ahead).toISOString() });
  expect(refusalOf("MarketQuote", at(5_000))).toBeUndefined();
  expect(refusalOf("MarketQuote", at(5_001))).toBe("data.timestamp: is in the future");
  expect(refusalOf("MarketQuote", at(-3_600_000))).toBeUndefined();
});

test.each([
  [7001, { account_id: 7001 }],
  [null, { account_id: null }],
  [undefined, { account_id: null }],
  ["7001", { reject: "account_id: must be an integer" }],
])("of account %p", (account_id, result) => {
  expect(parseEvent({ ...JSON.parse(SAMPLES.MarketQuote), account_id }, NOW)).toMatchObject(result);
});
