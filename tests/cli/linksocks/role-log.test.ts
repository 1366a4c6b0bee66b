import { expect, test } from "bun:test";
import { createRoleLog, formatLine } from "../../../src/cli/linksocks/role-log.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

test.each([
  [0, ["INFO", "WARN", "ERROR"]],
  [1, ["DEBUG", "INFO", "WARN", "ERROR"]],
  [2, ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"]],
  [5, ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"]],
])("at verbosity %d a role's log has the levels %j", (verbosity, shown) => {
  const lines = write(verbosity, "text");
  expect(lines.map((line) => line.split(/ +/)[2] ?? "")).toEqual(shown);
});

test("a line of a role's log has the time, the level and the text", () => {
  for (const line of write(0, "text")) expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (INFO|WARN|ERROR) +text$/);
});

test("what a server sends forges no second line of a log, and reaches no terminal as an escape", () => {
  expect(write(0, "one\ntwo\u001b[31m")[0]).toEndWith("one\\ntwo\\u001b[31m");
});

/** The lines that a text gives at every level. */
function write(verbosity: number, text: string): readonly string[] {
  const lines: string[] = [];
  const log = createRoleLog(verbosity, (...line) => lines.push(formatLine(...line)));
  for (const level of LEVELS) log(level, text);
  return lines;
}
