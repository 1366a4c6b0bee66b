import { expect, test } from "bun:test";
import { createKnownSessions } from "../../../../src/api/control/routes/known-sessions.ts";
import type { ProcessOrigin } from "../../../../src/platform/process/process-origin.ts";
import { traceProcess } from "../../../../src/platform/process/process-origin.ts";
import { isAlive } from "../../../rig/processes.ts";
import { createFakeSessions, startSleeper } from "../control-rig.ts";

const OWN_USER = process.getuid?.() ?? -1;

test("a process of another user is refused", () => {
  const sessions = createKnownSessions(createFakeSessions(), () => origin({ user: OWN_USER + 1 }));
  expect(sessions.register({ id: "s", pid: 4242, receivedAt: 5_000 })).toContain("another user");
  expect(sessions.list()).toEqual([]);
});

test("a process that started after its report is refused", () => {
  const sessions = createKnownSessions(createFakeSessions(), () => origin({ startedAt: 10_000 }));
  expect(sessions.register({ id: "s", pid: 4242, receivedAt: 8_000 })).toContain("started after");
  expect(sessions.register({ id: "s", pid: 4242, receivedAt: 10_000 })).toBeUndefined();
});

test("a later process with the same number is neither listed nor ended", () => {
  using sleeper = startSleeper();
  let startTime = "boot:1";
  const sessions = createKnownSessions(createFakeSessions(), () => origin({ startTime }));
  sessions.register({ id: "s", pid: sleeper.pid, receivedAt: 5_000 });
  startTime = "boot:2";
  expect([sessions.stop("s"), sessions.stop(`PID-${sleeper.pid}`), sessions.list()]).toEqual([false, false, []]);
  expect(isAlive(sleeper.pid)).toBe(true);
});

test("a recycled number can be registered anew", () => {
  let startTime = "boot:1";
  const sessions = createKnownSessions(createFakeSessions(), () => origin({ startTime }));
  sessions.register({ id: "former", pid: 4242, receivedAt: 5_000 });
  startTime = "boot:2";
  sessions.register({ id: "later", pid: 4242, receivedAt: 5_000 });
  expect(sessions.list()).toEqual([{ id: "later", pid: 4242 }]);
});

test("whoever keeps them later knows those who have reported, and forgets whose process is gone", () => {
  const register = createFakeSessions();
  const living = new Set([4242, 4243]);
  const trace = (pid: number) => (living.has(pid) ? origin({}) : undefined);
  const former = createKnownSessions(register, trace);
  for (const pid of living) former.register({ id: `s${pid}`, pid, receivedAt: 5_000 });
  living.delete(4242);
  expect(createKnownSessions(register, trace).list()).toEqual([{ id: "s4243", pid: 4243 }]);
  expect(register.list()).toEqual([{ id: "s4243", pid: 4243, startTime: "boot:1" }]);
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
