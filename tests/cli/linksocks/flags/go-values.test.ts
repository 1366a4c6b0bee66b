import { expect, test } from "bun:test";
import { parseBoolean, parseGoDuration, parseInteger } from "../../../../src/cli/linksocks/flags/flag-values.ts";

test.each([
  ["1 t T true TRUE True", true],
  ["0 f F false FALSE False", false],
  ["yes no on off tRUE 2", undefined],
])("a boolean is read as Go reads it: %s", (texts, value) => {
  for (const text of [...texts.split(" ")]) expect(parseBoolean(text)).toBe(value);
});

test("an empty text is no boolean, number or duration", () => {
  expect([parseBoolean(""), parseInteger(""), parseGoDuration("")]).toEqual([undefined, undefined, undefined]);
});

test.each([
  ["0", 0],
  ["+7", 7],
  ["-1", -1],
  ["65536", 65_536],
  ["1.5", undefined],
  ["1e3", undefined],
  ["0x10", undefined],
  [" 1", undefined],
  ["99999999999999999999", undefined],
])("an integer is read from %j", (text, value) => expect(parseInteger(text)).toBe(value));

test.each([
  ["5s", 5_000],
  ["1m30s", 90_000],
  ["500ms", 500],
  ["1.5h", 5_400_000],
  [".5s", 500],
  ["1.s", 1_000],
  ["250us", 0.25],
  ["250µs", 0.25],
  ["0", 0],
  ["+5s", 5_000],
  ["596h", 2_145_600_000],
  ["597h", undefined],
  ["5", undefined],
  ["-5s", undefined],
  ["s", undefined],
  ["5 s", undefined],
  ["5d", undefined],
  [".s", undefined],
  ["5s ", undefined],
])("a duration is read as Go reads it: %j", (text, milliseconds) => expect(parseGoDuration(text)).toBe(milliseconds));
