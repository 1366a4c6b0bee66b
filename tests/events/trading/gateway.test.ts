import { expect, test } from "bun:test";
import {
  convertOrderSide,
  convertOrderState,
  convertOrderType,
  judgeOrderState,
} from "../../../src/events/trading/gateway.ts";

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
  ["pending", 1, 1],
  ["working", 2, 1],
  ["filled", 3, 2],
  ["cancelled", 4, 3],
  ["rejected", 5, 4],
])("the database's state %s, %d, is %d on the wire", (_, sqlite, wire) => {
  expect(convertOrderState(sqlite, "sqlite", "wire")).toBe(wire);
});

test("what the wire says comes back from the database as it was", () => {
  for (const type of [0, 1, 2, 3, 4, 5]) {
    expect(convertOrderType(convertOrderType(type, "wire", "sqlite"), "sqlite", "wire")).toBe(type);
  }
  for (const side of [1, 2]) {
    expect(convertOrderSide(convertOrderSide(side, "wire", "sqlite"), "sqlite", "wire")).toBe(side);
  }
  for (const state of [0, 1, 2, 3, 4]) {
    expect(convertOrderState(convertOrderState(state, "wire", "sqlite"), "sqlite", "wire")).toBe(state);
  }
});

test("the database has the gateway's numbers for types and sides, and its own for states", () => {
  expect([1, 2, 3, 4, 5].map((type) => convertOrderType(type, "wire", "sqlite"))).toEqual([2, 1, 4, 3, 5]);
  expect([1, 2].map((side) => convertOrderSide(side, "wire", "sqlite"))).toEqual([0, 1]);
  expect([1, 2, 3, 4].map((state) => convertOrderState(state, "wire", "sqlite"))).toEqual([2, 3, 4, 5]);
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
