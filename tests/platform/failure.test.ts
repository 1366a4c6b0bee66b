import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { attemptOr, describeError, Failure, systemCode } from "../../src/platform/failure.ts";

test("a Failure keeps code, hint and cause", () => {
  const cause = new Error("below");
  const failure = new Failure("stop-failed", "it hangs", { hint: "wait", cause });
  expect([failure.code, failure.message, failure.hint, failure.cause]).toEqual([
    "stop-failed",
    "it hangs",
    "wait",
    cause,
  ]);
  expect("cause" in new Failure("usage", "x")).toBe(false);
});

test("describeError tells anything thrown in one line, a Failure with its hint", () => {
  expect(describeError(new Failure("usage", "wrong", { hint: "do so" }))).toBe("wrong (do so)");
  expect(describeError(new Failure("usage", "wrong"))).toBe("wrong");
  expect(describeError(new TypeError("odd"))).toBe("odd");
  expect(describeError("text")).toBe("text");
  expect(describeError(undefined)).toBe("undefined");
});

test("systemCode is the operating system's code, where there is one", () => {
  expect(codeOf(() => statSync("/missing"))).toBe("ENOENT");
  expect(codeOf(() => JSON.parse("{"))).toBeUndefined();
  expect(systemCode({ code: "ENOENT" })).toBeUndefined();
  expect(systemCode(Object.assign(new Error("x"), { code: 5 }))).toBeUndefined();
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return systemCode(error);
  }
  return undefined;
}

test("attemptOr gives what was looked for, or what stands in for it", () => {
  expect(attemptOr("none", () => "found")).toBe("found");
  expect(attemptOr("none", () => JSON.parse("{"))).toBe("none");
});
