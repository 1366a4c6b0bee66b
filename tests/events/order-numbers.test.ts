import { expect, test } from "bun:test";
import {
  convertOrderSide,
  convertOrderState,
  convertOrderType,
  judgeOrderState,
} from "../../src/events/order-numbers.ts";

// The tables of reference page event-stream.md section 4.3.

test.each([
  ["unknown", 0, 0],
  ["limit", 1, 2],
  ["market", 2, 1],
  ["stop-limit", 3, 4],
  ["stop", 4, 3],
  ["trailing stop", 5, 5],
  ["join bid", 6, 0],
  ["join ask", 7, 0],
])("the gateway's type %s, %d, is %d on the wire", (_, gateway, wire) => {
  expect(convertOrderType(gateway, "gateway", "wire")).toBe(wire);
});

test.each([
  ["buy", 0, 1],
  ["sell", 1, 2],
  ["unknown", 2, 0],
])("the gateway's side %s, %d, is %d on the wire", (_, gateway, wire) => {
  expect(convertOrderSide(gateway, "gateway", "wire")).toBe(wire);
});

test.each([
  ["none", 0, 0],
  ["open", 1, 1],
  ["filled", 2, 2],
  ["cancelled", 3, 3],
  ["expired", 4, 3],
  ["rejected", 5, 4],
  ["pending", 6, 1],
])("the gateway's state %s, %d, is %d on the wire", (_, gateway, wire) => {
  expect(convertOrderState(gateway, "gateway", "wire")).toBe(wire);
});

test.each([
  ["other", 0, 0],
  ["limit", 1, 2],
  ["market", 2, 1],
  ["stop-limit", 3, 4],
  ["stop", 4, 3],
  ["trailing stop", 5, 5],
  ["without a meaning", 6, 6],
])("the database's type %s, %d, is %d on the wire, and back", (_, sqlite, wire) => {
  expect(convertOrderType(sqlite, "sqlite", "wire")).toBe(wire);
  expect(convertOrderType(wire, "wire", "sqlite")).toBe(sqlite);
});

test.each([
  ["other", -1, 0],
  ["buy", 0, 1],
  ["sell", 1, 2],
  ["without a meaning", 3, 3],
])("the database's side %s, %d, is %d on the wire, and back", (_, sqlite, wire) => {
  expect(convertOrderSide(sqlite, "sqlite", "wire")).toBe(wire);
  expect(convertOrderSide(wire, "wire", "sqlite")).toBe(sqlite);
});

test.each([
  ["other", 0, 0],
  ["working", 2, 1],
  ["filled", 3, 2],
  ["cancelled", 4, 3],
  ["rejected", 5, 4],
  ["partly filled", 7, 5],
  ["without a meaning", 6, 6],
])("the database's state %s, %d, is %d on the wire, and back", (_, sqlite, wire) => {
  expect(convertOrderState(sqlite, "sqlite", "wire")).toBe(wire);
  expect(convertOrderState(wire, "wire", "sqlite")).toBe(sqlite);
});

test("an order that is pending in the database is working on the wire", () => {
  expect(convertOrderState(1, "sqlite", "wire")).toBe(1);
});

test("no number without a meaning gets one, and no number becomes final or stops being so", () => {
  for (let number = -3; number < 100; number += 1) {
    if (number < 1 || number > 5) {
      expect([1, 2, 3, 4, 5]).not.toContain(convertOrderType(number, "sqlite", "wire"));
      expect([1, 2, 3, 4, 5]).not.toContain(convertOrderType(number, "wire", "sqlite"));
    }
    if (number !== 0 && number !== 1) expect([1, 2]).not.toContain(convertOrderSide(number, "sqlite", "wire"));
    if (number !== 1 && number !== 2) expect([0, 1]).not.toContain(convertOrderSide(number, "wire", "sqlite"));
    const isFinal = number >= 3 && number <= 5;
    expect(judgeOrderState(convertOrderState(number, "sqlite", "wire"))).toBe(isFinal ? "final" : "working");
    const stored = convertOrderState(number, "wire", "sqlite");
    expect(stored >= 3 && stored <= 5 ? "final" : "working").toBe(judgeOrderState(number));
  }
});

test("an order that the database has in state 2 is working, one that the wire has in state 2 is final", () => {
  expect(judgeOrderState(convertOrderState(2, "sqlite", "wire"))).toBe("working");
  expect(judgeOrderState(2)).toBe("final");
});

test("filled, cancelled and rejected are final; what nobody knows stays in sight", () => {
  expect([0, 1, 2, 3, 4, 5, 99].map(judgeOrderState)).toEqual([
    "working",
    "working",
    "final",
    "final",
    "final",
    "working",
    "working",
  ]);
});
