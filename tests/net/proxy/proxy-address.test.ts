import { expect, test } from "bun:test";
import { parseProxyAddress } from "../../../src/net/proxy/proxy-address.ts";
import { describeError, Failure } from "../../../src/platform/failure.ts";

test.each([
  ["socks5://proxy", "socks5", "proxy", 1080, "", ""],
  ["socks5://proxy:9050/", "socks5", "proxy", 9050, "", ""],
  ["SOCKS5://me:geheim@10.0.0.1", "socks5", "10.0.0.1", 1080, "me", "geheim"],
  ["http://proxy", "http", "proxy", 8080, "", ""],
  ["http://proxy:80", "http", "proxy", 80, "", ""],
  ["https://proxy", "http", "proxy", 8080, "", ""],
  ["https://proxy:443", "http", "proxy", 443, "", ""],
  ["http://me@[::1]:3128", "http", "::1", 3128, "me", ""],
  ["  http://:p%40ss%2F%3A@proxy ", "http", "proxy", 8080, "", "p@ss/:"],
] as const)("%s", (text, kind, host, port, username, password) => {
  expect(parseProxyAddress(text)).toEqual({ kind, host, port, username, password });
});

test("an empty text means none", () => {
  expect(parseProxyAddress(" ")).toBeUndefined();
});

test.each([
  ["no scheme", "me:geheim@proxy:1080"],
  ["another scheme", "socks4://me:geheim@proxy"],
  ["no host", "socks5://me:geheim@"],
  ["a port that there is not", "socks5://me:geheim@proxy:99999"],
  ["port 0", "socks5://me:geheim@proxy:0"],
  ["a path", "http://me:geheim@proxy/path"],
  ["a password with a bare slash", "http://me:geheim/x@proxy"],
  ["a password with a bare percent sign", "http://me:geheim%zz@proxy"],
  ["a password that is too long for SOCKS5", `socks5://me:${"geheim".repeat(50)}@proxy`],
])("%s is refused, and the password is not shown", (_, text) => {
  const failure = catchFailure(() => parseProxyAddress(text));
  expect(failure.code).toBe("usage");
  expect(describeError(failure)).toStartWith("the upstream proxy");
  expect(describeError(failure)).not.toContain("geheim");
});

test("another scheme is named", () => {
  expect(catchFailure(() => parseProxyAddress("ftp://proxy")).message).toContain("ftp");
});

function catchFailure(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
