import { expect, test } from "bun:test";
import { CONTRACT, NOW } from "../fixture-database.ts";
import { HELD, screen } from "./sample-screen.ts";

test.each([
  [5_000, /6861\.75 +\+15\.00/, /Unrealised +\+15\.00\n/],
  [5_001, /6861\.75 stale +\+15\.00/, /Unrealised +\+15\.00 {2}from a price 5s old\n/],
  [30_001, /6861\.75 no data +\+15\.00/, /Unrealised +\+15\.00 {2}from a price 30s old\n/],
])("a result says how old its price is: %p ms", (old, row, total) => {
  const quotes = new Map([[CONTRACT, { bid: 6861, ask: 6861, last: 6861.75, at: NOW - old }]]);
  const state = { ...HELD, quotes };
  for (const tab of [1, 3]) expect(screen({ tab, state })).toMatch(row);
  for (const tab of [1, 2]) expect(screen({ tab, state })).toMatch(total);
});
