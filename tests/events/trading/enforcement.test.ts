import { expect, test } from "bun:test";
import { dataOf, refusalOf } from "./publish.ts";

test.each(["COOLDOWN", "REDUCE_POSITION", "SOMETHING_NEW"])("takes the action %s: the set is open", (action) => {
  expect(refusalOf("enforcement_action", { action })).toBeUndefined();
});

test("does not invent a success, and takes none but true and false", () => {
  expect(dataOf("enforcement_action", { success: undefined })).not.toHaveProperty("success");
  expect(dataOf("enforcement_action", { success: false })).toMatchObject({ success: false });
  expect(refusalOf("enforcement_action", { success: 1 })).toBe("data.success: must be true or false");
});

test.each([
  [{ action: "" }, "data.action: is empty"],
  [{ action: undefined }, "data.action: is missing"],
  [{ reason: undefined }, "data.reason: is missing"],
  [{ rule_id: undefined }, "data.rule_id: is missing"],
])("with %j", (changes, refusal) => {
  expect(refusalOf("enforcement_action", changes)).toBe(refusal);
});
