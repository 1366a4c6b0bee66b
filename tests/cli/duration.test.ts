import { expect, test } from "bun:test";
import { formatDuration, parseDuration } from "../../src/cli/duration.ts";
import { failureOf } from "../rig/rejection.ts";

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["30", 30_000],
  ["1.5s", 1_500],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["0", 0],
])("%j is %d ms", (text, milliseconds) => {
  expect(parseDuration("--timeout", text)).toBe(milliseconds);
});

test.each(["", "s", "-1s", "1 s", "1d", "1e3", "0x1", "25000000", "Infinity", "NaN"])("%j is no time", (text) => {
  const failure = failureOf(() => parseDuration("--timeout", text));
  expect([failure.code, failure.message]).toEqual(["usage", `--timeout needs a time, not ${JSON.stringify(text)}`]);
});

test.each([
  [-5_000, "0s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [3_599_999, "59m"],
  [3_600_000, "1h"],
  [86_399_999, "23h"],
  [86_400_000, "1d"],
  [30 * 86_400_000, "30d"],
])("%d ms are %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});
