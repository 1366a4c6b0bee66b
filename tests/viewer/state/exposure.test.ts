import { expect, test } from "bun:test";
import { countUnprotected, findLargestSize, sumSizes } from "../../../src/viewer/state/exposure.ts";
import type { Order, Position } from "../../../src/viewer/state/wire-data.ts";

const position = (id: number, contract: string, side: "long" | "short", size: number): [number, Position] => [
  id,
  { id, contract, side, size, average: 1, createdAt: undefined, updatedAt: undefined },
];
const order = (id: number, contract: string, type: number, side: number): [number, Order] => [
  id,
  {
    ...{ id, contract, type, side, state: 1, size: 1 },
    ...{ limitPrice: 1, stopPrice: 1, createdAt: undefined, updatedAt: undefined },
  },
];

const positions = new Map([position(1, "A", "long", 2), position(2, "B", "short", 3), position(3, "A", "long", 4)]);

test("contracts are counted whatever their side", () => {
  expect([sumSizes(positions.values()), findLargestSize({ positions })]).toEqual([9, 6]);
  expect([sumSizes([]), findLargestSize({ positions: new Map() })]).toEqual([0, 0]);
});

test.each([
  ["no order", [], 3],
  ["a stop below a long one, which is two positions", [order(1, "A", 3, 2)], 1],
  ["a trailing stop above a short one", [order(1, "B", 5, 1)], 2],
  ["a stop that would add to it", [order(1, "A", 3, 1)], 3],
  ["a limit", [order(1, "A", 2, 2)], 3],
] as const)("without a stop: %s", (_, orders, count) => {
  expect(countUnprotected({ positions, orders: new Map(orders) })).toBe(count);
});
