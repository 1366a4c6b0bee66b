import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readLastLines, readLogTail } from "../../../../src/api/control/routes/log-tail.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";

const NOISE = "2026/01/02 03:04:05 Health metric request: /metrics";

test("the last lines, blank ones too, and where a follower would go on", () => {
  using log = logOf("one\n\nthree\nfour\nunfin");
  expect(readLogTail(log.path, 3)).toEqual({ lines: ["", "three", "four"], unfinished: "unfin", end: 16 });
  expect(readLogTail(log.path, 10)?.lines).toEqual(["one", "", "three", "four"]);
});

test("files that are empty, without an end of line, or only one", () => {
  const tailOf = (text: string) => {
    using log = logOf(text);
    return readLogTail(log.path, 5);
  };
  expect(tailOf("")).toEqual({ lines: [], unfinished: "", end: 0 });
  expect(tailOf("unfin")).toEqual({ lines: [], unfinished: "unfin", end: 0 });
  expect(tailOf("\n")).toEqual({ lines: [""], unfinished: "", end: 1 });
});

test("what only tells of our own looks is left out, and does not count", () => {
  using log = logOf(`first\n${`${NOISE}\n`.repeat(20_000)}last\n`);
  expect(readLogTail(log.path, 2)?.lines).toEqual(["first", "last"]);
});

test("of a large log no more than its tail is read", () => {
  const line = "x".repeat(999);
  using log = logOf(`${line}\n`.repeat(6_000));
  expect(readLogTail(log.path, 10)?.lines).toEqual(Array.from({ length: 10 }, () => line));
  const all = readLogTail(log.path, 10_000);
  expect(all?.lines.length).toBe(Math.floor((4 * 1024 * 1024) / 1000));
  expect(all?.end).toBe(6_000_000);
});

test("there is no tail of a file that is not there", () => {
  using log = logOf("");
  expect(readLogTail(`${log.path}.not`, 5)).toBeUndefined();
});

test.each([
  ["a\nb\nc\n", 2, ["b", "c"]],
  ["a\nb\nc", 2, ["b", "c"]],
  ["a\nb\n", 5, ["a", "b"]],
  ["a\n\n", 1, [""]],
  ["a\n", 0, []],
  ["", 3, []],
])("the last lines of %j are read with the unfinished one", (text, count, expected) => {
  using folder = temporaryFolder();
  writeFileSync(`${folder.path}/log`, text);
  expect(readLastLines(`${folder.path}/log`, count)).toEqual(expected);
});

test("last lines that are longer than a piece come whole", () => {
  using folder = temporaryFolder();
  const lines = ["a", "b", "c"].map((letter) => letter.repeat(150_000));
  writeFileSync(`${folder.path}/log`, `${lines.join("\n")}\n`);
  expect(readLastLines(`${folder.path}/log`, 2)).toEqual(lines.slice(1));
});

test("there are no last lines of a file that is not there", () => {
  expect(readLastLines("/nonexistent/log", 1)).toBeUndefined();
});

function logOf(text: string): { readonly path: string; [Symbol.dispose](): void } {
  const folder = temporaryFolder();
  const path = join(folder.path, "x.log");
  writeFileSync(path, text);
  return { path, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
