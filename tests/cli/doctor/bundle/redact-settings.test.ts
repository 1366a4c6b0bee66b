import { expect, test } from "bun:test";
import { redactSettings } from "../../../../src/cli/doctor/bundle/redact-settings.ts";

test("valid settings lose their comments alone", () => {
  expect(redactSettings("line: { port: 1 } # mine\n# all mine\ntunnels: {}\n")).toBe(
    "line: { port: 1 } #\n#\ntunnels: {}\n",
  );
});

test("what is no YAML keeps its names alone", () => {
  expect(redactSettings("line: [\n  token: |\n    abc\n\ncount: 1\n").split("\n")).toEqual([
    "line: <removed>",
    "  token: <removed>",
    " <removed>",
    "",
    "count: <removed>",
    "",
  ]);
});
