import { expect, test } from "bun:test";
import { dataOf, refusalOf } from "./publish.ts";

test("a closed position is an event with size 0", () => {
  expect(dataOf("GatewayUserPosition", { size: 0 })).toMatchObject({ id: 90_311, size: 0 });
});

test.each([
  [{ type: 1 }, undefined],
  [{ type: 0 }, "data.type: must be 1 (long) or 2 (short)"],
  [{ type: 3 }, "data.type: must be 1 (long) or 2 (short)"],
  [{ type: "1" }, "data.type: must be 1 (long) or 2 (short)"],
  [{ size: -1 }, "data.size: must not be below 0"],
  [{ size: 0.5 }, "data.size: must be an integer of at most 2^53 - 1"],
  [{ averagePrice: 0.01 }, undefined],
  [{ averagePrice: 0 }, "data.averagePrice: must be above 0"],
  [{ averagePrice: -1 }, "data.averagePrice: must be above 0"],
  [{ averagePrice: null }, "data.averagePrice: must be a number"],
])("with %j", (changes, refusal) => {
  expect(refusalOf("GatewayUserPosition", changes)).toBe(refusal);
});

test.each([
  ["2025-11-04T14:58:40Z", "2025-11-04T14:58:40Z", undefined],
  ["2025-11-04T14:58:40Z", "2025-11-04T14:58:40.001Z", undefined],
  ["2025-11-04T14:58:40.250Z", "2025-11-04T14:58:40Z", "data.updatedAt: must not be before createdAt"],
  ["2025-11-04T14:58:40Z", "2025-11-04T16:58:40+02:00", undefined],
  ["2025-11-04T14:58:40Z", "2025-11-04T14:58:40+02:00", "data.updatedAt: must not be before createdAt"],
])("created at %s and updated at %s", (createdAt, updatedAt, refusal) => {
  expect(refusalOf("GatewayUserPosition", { createdAt, updatedAt })).toBe(refusal);
});
