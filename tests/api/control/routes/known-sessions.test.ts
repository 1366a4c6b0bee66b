import { expect, test } from "bun:test";
import { createKnownSessions } from "../../../../src/api/control/routes/known-sessions.ts";
import type { ProcessOrigin } from "../../../../src/platform/process/process-origin.ts";
import { traceProcess } from "../../../../src/platform/process/process-origin.ts";
import { isAlive } from "../../../rig/processes.ts";
import { startSleeper } from "../control-rig.ts";

const OWN_USER = process.getuid?.() ?? -1;

test("a process of another user is refused", () => {
  const sessions = createKnownSessions(() => origin({ user: OWN_USER + 1 }));
  expect(sessions.register({ id: "s", pid: 4242, receivedAt: 5_000 })).toContain("another user");
  expect(sessions.list()).toEqual([]);
});

test("a process that started after its report is refused", () => {
  const sessions = createKnownSessions(() => origin({ startedAt: 10_000 }));
  expect(sessions.register({ id: "s", pid: 4242, receivedAt: 8_000 })).toContain("started after");
  expect(sessions.register({ id: "s", pid: 4242, receivedAt: 10_000 })).toBeUndefined();
});

test("a later process with the same number is neither listed nor ended", () => {
  using sleeper = startSleeper();
  let startTime = "boot:1";
  const sessions = createKnownSessions(() => origin({ startTime }));
  sessions.register({ id: "s", pid: sleeper.pid, receivedAt: 5_000 });
  startTime = "boot:2";
  expect([sessions.stop("s"), sessions.stop(`PID-${sleeper.pid}`), sessions.list()]).toEqual([false, false, []]);
  expect(isAlive(sleeper.pid)).toBe(true);
});

test("a recycled number can be registered anew", () => {
  let startTime = "boot:1";
  const sessions = createKnownSessions(() => origin({ startTime }));
  sessions.register({ id: "former", pid: 4242, receivedAt: 5_000 });
  startTime = "boot:2";
  sessions.register({ id: "later", pid: 4242, receivedAt: 5_000 });
  expect(sessions.list()).toEqual([{ id: "later", pid: 4242 }]);
});

test("a process is traced to its user and its start", () => {
  const before = Date.now();
  using sleeper = startSleeper();
  const found = traceProcess(sleeper.pid);
  expect(found?.user).toBe(OWN_USER);
  expect(found?.startedAt).toBeGreaterThan(before - 2_000);
  expect(found?.startedAt).toBeLessThan(Date.now() + 2_000);
  expect(traceProcess(2 ** 30)).toBeUndefined();
});

function origin(changes: Partial<ProcessOrigin>): ProcessOrigin {
  return { startTime: "boot:1", user: OWN_USER, startedAt: 1_000, ...changes };
}
