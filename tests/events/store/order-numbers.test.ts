import { expect, test } from "bun:test";
import {
  isFinalState,
  storedSide,
  storedState,
  swapOrderType,
  wireSide,
  wireState,
} from "../../../src/events/store/order-numbers.ts";

// The tables of reference page event-stream.md section 4.3.

test.each([
  ["market", 1, 2],
  ["limit", 2, 1],
  ["stop", 3, 4],
  ["stop-limit", 4, 3],
  ["trailing stop", 5, 5],
  ["without a number", 0, 0],
])("type %s is %d on the wire and %d in the database", (_, wire, stored) => {
  expect(swapOrderType(wire)).toBe(stored);
  expect(swapOrderType(stored)).toBe(wire);
});

test.each([
  ["buy", 1, 0],
  ["sell", 2, 1],
])("side %s is %d on the wire and %d in the database", (_, wire, stored) => {
  expect(storedSide(wire)).toBe(stored);
  expect(wireSide(stored)).toBe(wire);
});

test("a working order has state 1 on the wire and 2 in the database", () => {
  expect(isFinalState(1)).toBeFalse();
  expect(storedState(1)).toBe(2);
  expect(wireState(2)).toBe(1);
});

test("filled, cancelled and rejected orders are final", () => {
  expect([0, 1, 2, 3, 4, 5].filter(isFinalState)).toEqual([2, 3, 4]);
});

test.each([
  ["pending", 1, 1],
  ["filled", 3, 2],
  ["cancelled", 4, 3],
  ["rejected", 5, 4],
  ["expired", 6, 3],
])("state %s, %d in the database, is %d on the wire", (_, stored, wire) => {
  expect(wireState(stored)).toBe(wire);
});
