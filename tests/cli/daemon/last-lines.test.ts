import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { readLastLines } from "../../../src/cli/daemon/last-lines.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test.each([
  ["a\nb\nc\n", 2, ["b", "c"]],
  ["a\nb\nc", 2, ["b", "c"]],
  ["a\nb\n", 5, ["a", "b"]],
  ["a\n\n", 1, [""]],
  ["a\n", 0, []],
  ["", 3, []],
])("the end of %j", (text, count, expected) => {
  using folder = temporaryFolder();
  writeFileSync(`${folder.path}/log`, text);
  expect(readLastLines(`${folder.path}/log`, count)).toEqual(expected);
});

test("lines that are longer than a piece come whole", () => {
  using folder = temporaryFolder();
  const lines = ["a", "b", "c"].map((letter) => letter.repeat(150_000));
  writeFileSync(`${folder.path}/log`, `${lines.join("\n")}\n`);
  expect(readLastLines(`${folder.path}/log`, 2)).toEqual(lines.slice(1));
});

test("there is nothing to read where no file is", () => {
  expect(readLastLines("/nonexistent/log", 1)).toBeUndefined();
});
