import { expect, test } from "bun:test";
import { checkLock } from "../../../../src/cli/doctor/checks/lock.ts";
import type { KnownDaemon } from "../../../../src/cli/doctor/known-daemon.ts";
import { Failure } from "../../../../src/platform/failure.ts";
import { DAEMON } from "../../daemon/stub-daemon.ts";
import { installation, SERVING, SILENT } from "../circumstances.ts";

test.each<[string, KnownDaemon, string, string]>([
  ["nobody's, without a daemon", SILENT, "ok", "nobody holds it"],
  ["the daemon's", SERVING, "ok", "the daemon holds it"],
  [
    "held without an answer",
    { ...SILENT, lock: { isHeld: true, holder: 7 } },
    "warning",
    "process 7 holds it, but does not answer",
  ],
  [
    "not the daemon's who answers",
    { ...SERVING, lock: { isHeld: true, holder: 7 } },
    "warning",
    `process ${DAEMON.pid}`,
  ],
  [
    "nobody's beside a daemon",
    { ...SERVING, lock: { isHeld: false, holder: undefined } },
    "problem",
    "a second one could start",
  ],
  ["unusable", { ...SILENT, lock: new Failure("file-unusable", "cannot use it") }, "problem", "cannot use it"],
])("a lock that is %s", async (_, daemon, severity, message) => {
  using home = installation();
  const [found, ...others] = await checkLock(home.see({ daemon }));
  expect(others).toEqual([]);
  expect(String(found?.severity)).toBe(severity);
  expect(found?.message).toContain(message);
});
