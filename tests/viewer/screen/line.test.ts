import { describe, expect, test } from "bun:test";
import { paintLine, toPlainText } from "../../../src/viewer/screen/line.ts";

describe("nobody else's control characters reach the terminal", () => {
  test.each([
    ["\u001b[2Jgone", "gone"],
    ["\u001b]0;title\u0007left", "left"],
    ["a\u001b", "a"],
    ["a\u009b31mb", "ab"],
    ["two\r\nlines\there", "two lines here"],
    ["bell\u0007, delete\u007f, null\u0000", "bell, delete, null"],
    ["\u202eright to left", "right to left"],
    ["line\u2028end", "lineend"],
    ["half \ud800 a pair", "half  a pair"],
  ])("%j becomes %j", (text, shown) => {
    expect(toPlainText(text)).toBe(shown);
    expect(paintLine([{ text, tone: "bad" }], 80, false)).toBe(shown);
  });
});

describe("a line", () => {
  test("a line is coloured where that is wanted", () => {
    const line = [{ text: "a ", tone: "good" as const }, { text: "b" }];
    expect(paintLine(line, 80, true)).toBe("\u001b[32ma \u001b[0mb");
    expect(paintLine(line, 80, false)).toBe("a b");
  });

  test.each([
    [6, "abcdef"],
    [5, "abcd…"],
    [1, "…"],
    [0, ""],
  ])("a line is laid out in %p columns", (columns, shown) => {
    expect(paintLine([{ text: "abc" }, { text: "def" }], columns, false)).toBe(shown);
  });

  test("wide characters count twice, and are never cut in half", () => {
    const painted = paintLine([{ text: "日本語です" }], 6, false);
    expect(painted).toBe("日本…");
    expect(Bun.stringWidth(painted)).toBeLessThanOrEqual(6);
  });
});
