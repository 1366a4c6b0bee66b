import { expect, test } from "bun:test";
import * as v from "valibot";
import { describeSchema } from "../../../src/api/http/json-schema.ts";

test("each kind of schema that the contract uses", () => {
  expect(describeSchema(v.string())).toEqual({ type: "string" });
  expect(describeSchema(v.unknown())).toEqual({});
  expect(describeSchema(v.literal("ok"))).toEqual({ const: "ok" });
  expect(describeSchema(v.picklist(["a", "b"]))).toEqual({ enum: ["a", "b"] });
  expect(describeSchema(v.array(v.boolean()))).toEqual({ type: "array", items: { type: "boolean" } });
  expect(describeSchema(v.nullable(v.number()))).toEqual({ anyOf: [{ type: "number" }, { type: "null" }] });
  expect(describeSchema(v.union([v.string(), v.boolean()]))).toEqual({
    anyOf: [{ type: "string" }, { type: "boolean" }],
  });
  expect(describeSchema(v.pipe(v.unknown(), v.description("anything")))).toEqual({ description: "anything" });
  expect(describeSchema(v.optional(v.string(), "x"))).toEqual({ type: "string", default: "x" });
  expect(describeSchema(v.object({ a: v.string(), b: v.optional(v.number()) }))).toEqual({
    type: "object",
    properties: { a: { type: "string" }, b: { type: "number" } },
    required: ["a"],
  });
  expect(describeSchema(v.variant("t", [v.object({ t: v.literal(1) }), v.object({ t: v.literal(2) })]))).toEqual({
    oneOf: [1, 2].map((value) => ({ type: "object", properties: { t: { const: value } }, required: ["t"] })),
  });
});

test("limits come along", () => {
  expect(describeSchema(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(9)))).toEqual({
    type: "integer",
    minimum: 2,
    maximum: 9,
  });
  expect(describeSchema(v.pipe(v.string(), v.minLength(1), v.maxLength(5), v.startsWith("/a.b")))).toEqual({
    type: "string",
    minLength: 1,
    maxLength: 5,
    pattern: "^/a\\.b",
  });
  expect(describeSchema(v.pipe(v.string(), v.regex(/^[ab]$/)))).toEqual({ type: "string", pattern: "^[ab]$" });
  expect(describeSchema(v.pipe(v.string(), v.digits(), v.toNumber(), v.maxValue(9)))).toEqual({
    type: "integer",
    maximum: 9,
  });
});

test("a kind that is not known is an error, not a gap", () => {
  expect(() => describeSchema(v.date())).toThrow("date");
  expect(() => describeSchema(v.pipe(v.string(), v.email()))).toThrow("email");
});
