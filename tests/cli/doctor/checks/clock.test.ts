import { expect, test } from "bun:test";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkClock } from "../../../../src/cli/doctor/checks/clock.ts";
import type { Paths } from "../../../../src/platform/files/paths.ts";
import { installation } from "../circumstances.ts";

const NOW = Date.UTC(2026, 5, 1);
const HOUR = 3_600_000;

const WRITERS: readonly (readonly [string, (paths: Paths, time: number) => void])[] = [
  ["heartbeat", ({ state }, time) => writeFileSync(state, JSON.stringify({ lastHeartbeatIso: iso(time) }))],
  ["audit log", ({ auditLog }, time) => touch(auditLog, time)],
  ["daemon's log", ({ log }, time) => touch(log, time)],
  ["newest session log", ({ logs }, time) => writeFileSync(join(logs, `${time / 1_000}_us.log`), "")],
];

test.each(WRITERS)("a %s from the future shows that the clock was set back", async (what, write) => {
  using home = installation();
  write(home.paths, NOW + HOUR);
  const [found] = await checkClock(home.see({ now: NOW }));
  expect(found?.severity).toBe("warning");
  expect(found?.message).toContain(`${what} is of 2026-06-01T01:00:00`);
});

test("what was written before, or at almost the same time, is fine; so is nothing at all", async () => {
  using home = installation();
  expect(await checkClock(home.see({ now: NOW }))).toMatchObject([{ severity: "ok" }]);
  for (const [, write] of WRITERS) write(home.paths, NOW - HOUR);
  touch(home.paths.auditLog, NOW + 5_000);
  expect(await checkClock(home.see({ now: NOW }))).toMatchObject([{ severity: "ok" }]);
});

test.each([
  [60_000, "ok"],
  [60_001, "warning"],
])("a log that is %d ms ahead of the clock: %s", async (ahead, severity) => {
  using home = installation();
  touch(home.paths.auditLog, NOW + ahead);
  expect(await checkClock(home.see({ now: NOW }))).toMatchObject([{ severity }]);
});

test.each([0, Date.UTC(2025, 0, 1) - 1])("a machine that has lost its clock is told so: %d", async (now) => {
  using home = installation();
  expect(await checkClock(home.see({ now }))).toMatchObject([{ severity: "problem" }]);
});

function touch(path: string, time: number): void {
  writeFileSync(path, "");
  utimesSync(path, time / 1_000, time / 1_000);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
