import { expect, test } from "bun:test";
import { choosePort, parseDuration, parsePort } from "../../src/cli/arguments.ts";
import { failureOf } from "../rig/rejection.ts";

test.each([
  ["0", 0],
  ["1", 1],
  ["23888", 23_888],
  ["00080", 80],
  ["65535", 65_535],
])("the text %j is port %d", (text, port) => {
  expect(parsePort("-p", text)).toBe(port);
});

test.each(["65536", "99999", "100000", "-1", "+1", "1.5", "1e3", "0x50", "", " 80", "80 ", "80\n", "٨٠", "abc", "NaN"])(
  "%j is no port, and the message names flag and text",
  (text) => {
    const failure = failureOf(() => parsePort("--port", text));
    expect([failure.code, failure.message]).toEqual([
      "usage",
      `--port needs a port number, not ${JSON.stringify(text)}`,
    ]);
    expect(failure.hint).toContain("65535");
  },
);

test("a port that is given beats every other, and one that is none is refused", () => {
  expect([choosePort(1001), choosePort("1002")]).toEqual([1001, 1002]);
  expect(failureOf(() => choosePort("x")).message).toBe('--port needs a port number, not "x"');
});

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["30", 30_000],
  ["1.5s", 1_500],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["0", 0],
])("the time %j is %d ms", (text, milliseconds) => {
  expect(parseDuration("--timeout", text)).toBe(milliseconds);
});

test.each(["", "s", "-1s", "1 s", "1d", "1e3", "0x1", "25000000", "Infinity", "NaN"])(
  "the text %j is no time",
  (text) => {
    const failure = failureOf(() => parseDuration("--timeout", text));
    expect([failure.code, failure.message]).toEqual(["usage", `--timeout needs a time, not ${JSON.stringify(text)}`]);
  },
);
