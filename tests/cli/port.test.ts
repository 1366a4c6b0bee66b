import { expect, test } from "bun:test";
import { choosePort, parsePort } from "../../src/cli/port.ts";
import { failureOf } from "../rig/rejection.ts";

test.each([
  ["0", 0],
  ["1", 1],
  ["23888", 23_888],
  ["00080", 80],
  ["65535", 65_535],
])("%j is port %d", (text, port) => {
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

test("a flag without a number is told so", () => {
  expect(failureOf(() => parsePort("-p", undefined)).message).toBe('-p needs a port number, not "nothing"');
});

test("a port that is given beats every other, and one that is none is refused", () => {
  expect([choosePort(1001), choosePort("1002")]).toEqual([1001, 1002]);
  expect(failureOf(() => choosePort("x")).message).toBe('--port needs a port number, not "x"');
});
