import { expect, test } from "bun:test";
import { symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findAccountHome, findHome } from "../../../src/platform/files/home.ts";
import { failureOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

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

test("a tilde that no shell has read is the user's home folder", () => {
  expect(findHome(undefined, { ARGUS_HOME: "~/argus", HOME: "/home/me" })).toBe("/home/me/argus");
  expect(findHome("~", { HOME: "/home/me" })).toBe("/home/me");
});

test("a home that can be no folder is told in a sentence that names what is in the way", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  const circle = join(folder.path, "circle");
  symlinkSync(circle, circle);
  const nowhere = join(folder.path, "nowhere");
  symlinkSync(join(folder.path, "gone"), nowhere);
  for (const [home, reason] of [
    ["/dev/null", "/dev/null is not a folder"],
    [join(file, "deep", "er"), `${file} is not a folder`],
    [circle, "its links lead in a circle"],
    [join(nowhere, "below"), `${nowhere} is a link that leads nowhere`],
    [join(folder.path, "x".repeat(300)), "it is longer than the system allows"],
    [`${folder.path}/\0`, "no path holds a zero byte"],
  ] as const) {
    const failure = failureOf(() => findHome(home, {}));
    expect([failure.code, failure.message.endsWith(`cannot be used as home: ${reason}`)]).toEqual(["usage", true]);
  }
  expect(failureOf(() => findHome(undefined, { HOME: "/dev/null" })).message).toContain("/dev/null is not a folder");
});

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
