import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { findAccountHome, findHome } from "../../../src/platform/files/home.ts";
import { failureOf } from "../../rig/rejection.ts";

test("the flag beats ARGUS_HOME, and that beats the user's home folder", () => {
  const environment = { ARGUS_HOME: "/srv/argus", HOME: "/home/me" };
  expect(findHome("/flag", environment)).toBe("/flag");
  expect(findHome(undefined, environment)).toBe("/srv/argus");
  expect(findHome(undefined, { HOME: "/home/me" })).toBe("/home/me/.argus");
});

test("a relative folder is meant from where we stand", () => {
  expect(findHome("here", {})).toBe(resolve("here"));
  expect(findHome(undefined, { ARGUS_HOME: "there/" })).toBe(resolve("there"));
});

test("an empty ARGUS_HOME counts as none", () => {
  expect(findHome(undefined, { ARGUS_HOME: "", HOME: "/home/me" })).toBe("/home/me/.argus");
});

test.each([{}, { HOME: "" }, { HOME: "relative" }])(
  "with %j there is no home folder, and the hint says what to do",
  (environment) => {
    const failure = failureOf(() => findHome(undefined, environment));
    expect(failure.code).toBe("usage");
    expect(failure.hint).toContain("--home");
  },
);

test("the home folder of an account is the machine's word, not the environment's", () => {
  expect(findAccountHome("root")).toBe(process.platform === "darwin" ? "/var/root" : "/root");
});

test.each(["", "wpdaemon-no-such-account", "root;echo /", "root/x", "+", "-1", "$HOME", "a b"])(
  "%j is no account",
  (name) => {
    const failure = failureOf(() => findAccountHome(name));
    expect([failure.code, failure.message]).toEqual(["usage", `this machine has no account ${JSON.stringify(name)}`]);
  },
);
