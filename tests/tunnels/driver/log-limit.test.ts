import { afterEach, expect, jest, test } from "bun:test";
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { cutIfTooLong, limitLog } from "../../../src/tunnels/driver/log-limit.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

afterEach(() => void jest.useRealTimers());

test("a log up to its limit is let be, one byte more and it is cut, its end kept once", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  writeFileSync(path, "12345");
  cutIfTooLong(path, 5);
  expect(readdirSync(folder.path)).toEqual(["a.log"]);
  writeFileSync(path, "123456");
  cutIfTooLong(path, 5);
  expect([readFileSync(path, "utf8"), readFileSync(`${path}.1`, "utf8")]).toEqual(["", "23456"]);
  writeFileSync(path, "abcdef");
  cutIfTooLong(path, 5);
  expect(readFileSync(`${path}.1`, "utf8")).toBe("bcdef");
  expect(readdirSync(folder.path).sort()).toEqual(["a.log", "a.log.1"]);
});

test("who has it open for appending goes on at its new end, in the same file", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  const child = openSync(path, "a");
  try {
    writeSync(child, "a long beginning\n");
    const file = statSync(path).ino;
    cutIfTooLong(path, 5);
    writeSync(child, "next\n");
    expect(readFileSync(path, "utf8")).toBe("next\n");
    expect(statSync(path).ino).toBe(file);
  } finally {
    closeSync(child);
  }
});

test("a log that is gone is no fault, and none is made", () => {
  using folder = temporaryFolder();
  cutIfTooLong(join(folder.path, "gone.log"), 5);
  expect(readdirSync(folder.path)).toEqual([]);
});

test("where its content cannot be kept the log is cut all the same", () => {
  using folder = temporaryFolder();
  // A name so long that nothing fits behind it.
  const path = join(folder.path, "x".repeat(255));
  writeFileSync(path, "123456");
  cutIfTooLong(path, 5);
  expect(statSync(path).size).toBe(0);
});

test("a log that has grown far beyond its limit leaves no more than its end behind", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  const text = Array.from({ length: 100_000 }, (_, line) => `line ${line}\n`).join("");
  writeFileSync(path, text);
  cutIfTooLong(path, 600_000);
  expect(readFileSync(`${path}.1`, "utf8")).toBe(text.slice(-600_000));
  expect(statSync(path).size).toBe(0);
});

test("a log is measured at its interval until it is stopped", () => {
  jest.useFakeTimers();
  using folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  const limit = limitLog(path, 5, 1_000);
  for (const round of ["first!", "second!"]) {
    writeFileSync(path, round);
    jest.advanceTimersByTime(999);
    expect(statSync(path).size).toBe(round.length);
    jest.advanceTimersByTime(1);
    expect(statSync(path).size).toBe(0);
  }
  limit.stop();
  expect(jest.getTimerCount()).toBe(0);
  writeFileSync(path, "third!");
  jest.advanceTimersByTime(10_000);
  expect(statSync(path).size).toBe(6);
});

test("a session log is measured every 5 minutes and cut beyond 16 MiB, unless told otherwise", () => {
  jest.useFakeTimers();
  using folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  const limit = limitLog(path);
  writeFileSync(path, "");
  truncateSync(path, 16 * 1024 * 1024);
  jest.advanceTimersByTime(5 * 60_000);
  expect(statSync(path).size).toBe(16 * 1024 * 1024);
  truncateSync(path, 16 * 1024 * 1024 + 1);
  jest.advanceTimersByTime(5 * 60_000 - 1);
  expect(statSync(path).size).toBe(16 * 1024 * 1024 + 1);
  jest.advanceTimersByTime(1);
  expect(statSync(path).size).toBe(0);
  limit.stop();
});
