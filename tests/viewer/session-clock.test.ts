import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLOCKED_OUT, clockIn, clockOut, readSessionClock, writeSessionClock } from "../../src/viewer/session-clock.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

test("the session clock counts the time between I and O; a second I or O changes nothing", () => {
  const begun = clockIn(CLOCKED_OUT, 1_000);
  expect(clockIn(begun, 5_000)).toBe(begun);
  const ended = clockOut(begun, 4_000);
  expect(ended).toEqual({ clockedInAt: undefined, workedMs: 3_000 });
  expect(clockOut(ended, 9_000)).toBe(ended);
  expect(clockOut(clockIn(ended, 10_000), 12_000).workedMs).toBe(5_000);
});

test("the session clock survives in its file, whose folder it makes", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "new", "trader-7001.json");
  expect(readSessionClock(path)).toEqual(CLOCKED_OUT);
  for (const clock of [clockIn(CLOCKED_OUT, 1_000), { clockedInAt: undefined, workedMs: 7 }]) {
    writeSessionClock(path, clock);
    expect(readSessionClock(path)).toEqual(clock);
  }
  for (const text of ["{", '{"clockedInAt":1e300,"workedMs":0}', '{"clockedInAt":-1e300,"workedMs":0}']) {
    writeFileSync(path, text);
    expect(readSessionClock(path)).toEqual(CLOCKED_OUT);
  }
});

test("nobody has clocked in where the session clock's file cannot be read", () => {
  using folder = temporaryFolder();
  expect(readSessionClock(folder.path)).toEqual(CLOCKED_OUT);
});
