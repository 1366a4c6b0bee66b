import { expect, test } from "bun:test";
import { toDialError } from "../../../src/linksocks/exit/describe-dial-failure.ts";
import { DialError } from "../../../src/linksocks/exit/dialer.ts";

test.each([
  ["ECONNREFUSED", "connection refused"],
  ["ENETUNREACH", "network is unreachable"],
  ["EHOSTUNREACH", "no route to host"],
  ["ENOTFOUND", "host not found"],
  ["EACCES", "permission denied"],
  ["EWHATEVER", "connection failed"],
])("%s is told as: %s", (code, text) => {
  const cause = Object.assign(new Error("connect to 10.0.0.1 failed"), { code });
  const error = toDialError(cause);
  expect(error).toBeInstanceOf(DialError);
  expect(error.message).toBe(text);
  expect(error.cause).toBe(cause);
});

test("a time that has run out has no code", () => {
  expect(toDialError(new Error("timed out")).message).toBe("timed out");
});

test("the text of any other error is not passed on", () => {
  expect(toDialError(new Error("secret"), "upstream proxy: ").message).toBe("upstream proxy: connection failed");
});

test("what is told already stays as it is", () => {
  const error = new DialError("no");
  expect(toDialError(error, "upstream proxy: ")).toBe(error);
});
