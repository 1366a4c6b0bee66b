import { expect, test } from "bun:test";
import { dataOf, refusalOf } from "./publish.ts";

const NOT_EXACT = "data.details: must be JSON whose numbers are at most 2^53 - 1, nested at most 16 deep";

test("are optional, and kept with all that is in them", () => {
  expect(dataOf("enforcement_action", { details: undefined })).not.toHaveProperty("details");
  const details = { orders_canceled: 0, ticket: "T-1", legs: [{ size: -1.5, open: false, note: null }] };
  expect(dataOf("enforcement_action", { details })).toMatchObject({ details });
});

test.each([[[]], ["closed"], [null], [1]])("%p are none", (details) => {
  expect(refusalOf("enforcement_action", { details })).toBe("data.details: must be an object");
});

test.each([
  [{ positions_closed: -1 }, "data.details.positions_closed: must not be below 0"],
  [{ orders_canceled: "2" }, "data.details.orders_canceled: must be an integer"],
  [{ order: { id: 2 ** 53 } }, NOT_EXACT],
  [{ note: ["\ud83d"] }, NOT_EXACT],
  [{ "\ud83d": 1 }, NOT_EXACT],
  [nest(16), undefined],
  [nest(17), NOT_EXACT],
  [nest(5_000), NOT_EXACT],
])("case %#", (details, refusal) => {
  expect(refusalOf("enforcement_action", { details })).toBe(refusal);
});

/** Objects within each other, `levels` of them. */
function nest(levels: number): object {
  let nested = {};
  for (let level = 1; level < levels; level += 1) nested = { nested };
  return nested;
}
