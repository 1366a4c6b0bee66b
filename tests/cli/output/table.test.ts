import { expect, test } from "bun:test";
import { formatBytes, formatDuration, formatTable } from "../../../src/cli/output/table.ts";

test("each column is as wide as its widest cell, the last one open, and no line ends in blanks", () => {
  expect(
    formatTable(
      ["NAME", "STATE", "SOCKS5"],
      [
        ["us-east", "running", "127.0.0.1:25344"],
        ["a", "idle", ""],
      ],
    ).split("\n"),
  ).toEqual(["NAME     STATE    SOCKS5", "us-east  running  127.0.0.1:25344", "a        idle"]);
});

test("widths are those of a terminal: wide, combining and joined characters, and colours", () => {
  const [head, ...lines] = formatTable(
    ["N", "X"],
    [
      ["東京", "1"],
      ["zu\u0308rich", "2"],
      ["👩‍👩‍👧", "3"],
      ["\u001b[31mred\u001b[0m", "4"],
    ],
  ).split("\n");
  // "zürich" is the widest, with six columns.
  expect(head).toBe("N       X");
  expect(lines).toEqual(["東京    1", "zu\u0308rich  2", "👩‍👩‍👧      3", "\u001b[31mred\u001b[0m     4"]);
});

test("a table without rows is its head", () => {
  expect(formatTable(["NAME", "STATE"], [])).toBe("NAME  STATE");
});

test("a row that is too short leaves its last columns empty", () => {
  expect(formatTable(["A", "B"], [["longer"], ["x", "y"]])).toBe("A       B\nlonger\nx       y");
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
])("a span of %d ms is shown as %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [14_820, "14.8 kB"],
  [3_400_000, "3.4 MB"],
  [2e15, "2000.0 TB"],
])("%d bytes are written as %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
