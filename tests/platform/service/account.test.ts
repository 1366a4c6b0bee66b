import { expect, test } from "bun:test";
import { findAccountHome } from "../../../src/platform/service/account.ts";
import { failureOf } from "../../rig/rejection.ts";

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
