import { expect, test } from "bun:test";
import { isSameSecret } from "../../src/platform/same-secret.ts";

test.each([
  ["secret", "secret", true],
  ["", "", true],
  ["secret", "secreT", false],
  ["secret", "secret1", false],
  ["secret", "", false],
  [Buffer.from("secret"), "secret", true],
] as const)("%p and %p: %p", (given, expected, isSame) => {
  expect(isSameSecret(given, expected)).toBe(isSame);
});
