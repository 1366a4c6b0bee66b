import { expect, test } from "bun:test";
import { refusalOf } from "./publish.ts";

test.each([2 ** 53 - 1, 0, -1])("takes %p for an id", (id) => {
  expect(refusalOf("GatewayUserTrade", { id })).toBeUndefined();
});

test.each([2 ** 53, -(2 ** 53), 1.5, 1e300])("refuses %p for an id, which is rounded or none", (id) => {
  expect(refusalOf("GatewayUserTrade", { id })).toBe("data.id: must be an integer of at most 2^53 - 1");
});

test.each([["558201"], [true], [[]], [{}]])("refuses %p for an id", (id) => {
  expect(refusalOf("GatewayUserTrade", { id })).toBe("data.id: must be an integer");
});

test.each([2 ** 53 - 1, -(2 ** 53 - 1), 0, -0.01])("takes %p for an amount", (profitAndLoss) => {
  expect(refusalOf("GatewayUserTrade", { profitAndLoss })).toBeUndefined();
});

test.each([2 ** 53, -(2 ** 53)])("refuses %p for an amount", (profitAndLoss) => {
  expect(refusalOf("GatewayUserTrade", { profitAndLoss })).toMatch(/^data\.profitAndLoss: must be a number between/);
});
