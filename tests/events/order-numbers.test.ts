import { expect, test } from "bun:test";
import { isFinalState, type OrderNumbers, toTableNumbers, toWireNumbers } from "../../src/events/order-numbers.ts";

const ANY: OrderNumbers = { type: 0, side: 0, state: 0 };

test.each([
  ["other", 0, 0],
  ["limit", 1, 2],
  ["market", 2, 1],
  ["stop-limit", 3, 4],
  ["stop", 4, 3],
  ["trailing stop", 5, 5],
  ["without a meaning", 6, 6],
])("the table's type %s, %d, is %d on the wire, and back", (_, table, wire) => {
  expect(toWireNumbers({ ...ANY, type: table }).type).toBe(wire);
  expect(toTableNumbers({ ...ANY, type: wire }).type).toBe(table);
});

test.each([
  ["other", -1, 0],
  ["buy", 0, 1],
  ["sell", 1, 2],
  ["without a meaning", 3, 3],
])("the table's side %s, %d, is %d on the wire, and back", (_, table, wire) => {
  expect(toWireNumbers({ ...ANY, side: table }).side).toBe(wire);
  expect(toTableNumbers({ ...ANY, side: wire }).side).toBe(table);
});

test.each([
  ["other", 0, 0],
  ["working", 2, 1],
  ["filled", 3, 2],
  ["cancelled", 4, 3],
  ["rejected", 5, 4],
  ["partly filled", 7, 5],
  ["without a meaning", 6, 6],
])("the table's state %s, %d, is %d on the wire, and back", (_, table, wire) => {
  expect(toWireNumbers({ ...ANY, state: table }).state).toBe(wire);
  expect(toTableNumbers({ ...ANY, state: wire }).state).toBe(table);
});

test("an order that is pending in the table is working on the wire", () => {
  expect(toWireNumbers({ ...ANY, state: 1 }).state).toBe(1);
});

test("no number without a meaning gets one, and no number becomes final or stops being so", () => {
  for (let number = -3; number < 100; number += 1) {
    if (number < 1 || number > 5) {
      expect([1, 2, 3, 4, 5]).not.toContain(toWireNumbers({ ...ANY, type: number }).type);
      expect([1, 2, 3, 4, 5]).not.toContain(toTableNumbers({ ...ANY, type: number }).type);
    }
    if (number !== 0 && number !== 1) expect([1, 2]).not.toContain(toWireNumbers({ ...ANY, side: number }).side);
    if (number !== 1 && number !== 2) expect([0, 1]).not.toContain(toTableNumbers({ ...ANY, side: number }).side);
    const isFinal = number >= 3 && number <= 5;
    expect(isFinalState(toWireNumbers({ ...ANY, state: number }).state)).toBe(isFinal);
    const stored = toTableNumbers({ ...ANY, state: number }).state;
    expect(stored >= 3 && stored <= 5).toBe(isFinalState(number));
  }
});

test("an order that the table has in state 2 is working, one that the wire has in state 2 is final", () => {
  expect(isFinalState(toWireNumbers({ ...ANY, state: 2 }).state)).toBeFalse();
  expect(isFinalState(2)).toBeTrue();
});

test("filled, cancelled and rejected are final; what nobody knows stays in sight", () => {
  expect([0, 1, 2, 3, 4, 5, 99].filter(isFinalState)).toEqual([2, 3, 4]);
});
