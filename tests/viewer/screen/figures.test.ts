import { expect, test } from "bun:test";
import { figure, formatClock, formatMoment, formatSpan, money } from "../../../src/viewer/screen/figures.ts";
import { textOf } from "../../../src/viewer/screen/line.ts";

test.each([
  [37.5, { text: "+37.50", tone: "good" }],
  [-37.456, { text: "-37.46", tone: "bad" }],
  [0, "0.00"],
  [-0.001, "0.00"],
  [undefined, { text: "-", tone: "faint" }],
])("an amount of money is shown in full: %p", (amount, span) => expect<unknown>(money(amount)).toEqual(span));

test.each([
  [0, "0s"],
  [999, "0s"],
  [-5_000, "0s"],
  [65_000, "1m 5s"],
  [7_509_000, "2h 5m 9s"],
  [90_000_000, "1d 1h 0m 0s"],
])("a span of %p ms is %p", (milliseconds, text) => expect(formatSpan(milliseconds)).toBe(text));

test("a price has the digits that it came with", () => {
  expect([figure(6862.75), figure(0.000_5), textOf(figure(undefined))]).toEqual(["6862.75", "0.0005", "-"]);
});

test("times are on the clocks of the zone", () => {
  const at = Date.parse("2025-11-04T23:05:09Z");
  expect(formatClock(at, "UTC")).toBe("23:05:09");
  expect(formatMoment(at, "Europe/Berlin")).toBe("2025-11-05 00:05:09");
});
