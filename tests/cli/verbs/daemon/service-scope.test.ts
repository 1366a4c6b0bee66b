import { expect, test } from "bun:test";
import { demandRights, findScope } from "../../../../src/cli/verbs/daemon/service-scope.ts";
import { failureOf } from "../../../rig/rejection.ts";

test("a user's service is the user's, by home folder and number", () => {
  expect(findScope(false, { HOME: "/home/me" }, 501)).toEqual({ kind: "user", home: "/home/me", uid: 501 });
  expect(findScope(true, {}, 0)).toEqual({ kind: "system" });
});

test.each([{}, { HOME: "" }, { HOME: "relative" }])("the environment %j names no home folder", (environment) => {
  expect(failureOf(() => findScope(false, environment, 501)).code).toBe("usage");
});

test("only root changes what is the machine's", () => {
  expect(failureOf(() => demandRights({ kind: "system" }, 501)).hint).toBe("run it with sudo");
  demandRights({ kind: "system" }, 0);
  demandRights({ kind: "user", home: "/home/me", uid: 501 }, 501);
});
