import { expect, test } from "bun:test";
import { refusalOf } from "./publish.ts";

const LIMIT = "data.limitPrice: must be above 0 for a limit or stop-limit order";
const STOP = "data.stopPrice: must be above 0 for a stop, stop-limit or trailing stop order";

test.each([
  ["market", 1, null, null, undefined],
  ["limit", 2, 10, null, undefined],
  ["limit", 2, null, null, LIMIT],
  ["limit", 2, 0, null, LIMIT],
  ["limit", 2, -1, 10, LIMIT],
  ["stop", 3, null, 10, undefined],
  ["stop", 3, 10, null, STOP],
  ["stop", 3, null, 0, STOP],
  ["stop-limit", 4, 10, 10, undefined],
  ["stop-limit", 4, null, 10, LIMIT],
  ["stop-limit", 4, 10, null, STOP],
  ["trailing stop", 5, null, 10, undefined],
  ["trailing stop", 5, null, null, STOP],
  ["other", 0, null, null, undefined],
])("a %s order (%d) with limit %p and stop %p", (_, type, limitPrice, stopPrice, refusal) => {
  expect(refusalOf("GatewayUserOrder", { type, limitPrice, stopPrice })).toBe(refusal);
});

test("its prices are said, though they may be null", () => {
  expect(refusalOf("GatewayUserOrder", { type: 1, limitPrice: undefined })).toBe("data.limitPrice: is missing");
  expect(refusalOf("GatewayUserOrder", { type: 1, stopPrice: undefined })).toBe("data.stopPrice: is missing");
  expect(refusalOf("GatewayUserOrder", { type: 2, limitPrice: "10" })).toBe("data.limitPrice: must be a number");
});

test.each([0, 1, 2, 3, 4])("%d is a state", (state) => {
  expect(refusalOf("GatewayUserOrder", { state })).toBeUndefined();
});

test.each([-1, 5, 6, 7, null])("%p is no state: the gateway's 5 is a rejected order, its 6 a pending one", (state) => {
  expect(refusalOf("GatewayUserOrder", { state })).toMatch(/^data\.state: must be 1 \(working/);
});

test.each([
  [{ side: 2 }, undefined],
  [{ side: 0 }, "data.side: must be 1 (buy) or 2 (sell)"],
  [{ side: 3 }, "data.side: must be 1 (buy) or 2 (sell)"],
  [{ size: 0 }, "data.size: must be above 0"],
  [{ type: 6 }, "data.type: must be 1 (market), 2 (limit), 3 (stop), 4 (stop-limit), 5 (trailing stop) or 0 (other)"],
])("with %j", (changes, refusal) => {
  expect(refusalOf("GatewayUserOrder", changes)).toBe(refusal);
});

test("may be updated before it was created, since both are the gateway's own", () => {
  const times = { createdAt: "2025-11-04T14:58:41Z", updatedAt: "2025-11-04T14:58:40Z" };
  expect(refusalOf("GatewayUserOrder", times)).toBeUndefined();
});
