import { expect, test } from "bun:test";
import { mustKeepNumber } from "../../../src/daemon/succession/replace-in-place.ts";

test.skipIf(process.platform !== "linux").each([
  ["nobody can be told of another", {}, true],
  ["systemd is told", { NOTIFY_SOCKET: "/run/systemd/notify" }, false],
  ["`wpdaemon start` has begun it", { WPDAEMON_DETACHED: "1" }, false],
])("whether a daemon keeps its process number: %s", (_, environment, keeps) => {
  expect(mustKeepNumber(environment)).toBe(keeps);
});
