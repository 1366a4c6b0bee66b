import { expect, test } from "bun:test";
import { appendFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { followLog } from "../../../src/tunnels/driver/log-follower.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("it gives what was added since the last read, whole lines only", () => {
  using log = makeLog("one\ntwo\nthr");
  expect(log.follower.read()).toEqual(["one", "two"]);
  expect(log.follower.read()).toEqual([]);
  appendFileSync(log.path, "ee\n\nfo");
  expect(log.follower.read()).toEqual(["three", ""]);
  appendFileSync(log.path, "ur");
  expect(log.follower.read()).toEqual([]);
  appendFileSync(log.path, "\n");
  expect(log.follower.read()).toEqual(["four"]);
});

test.each([0, "end"] as const)("what is no file gives no lines, from %p", (from) => {
  using folder = temporaryFolder();
  const follower = followLog(folder.path, from);
  expect(follower.read()).toEqual([]);
  follower.close();
});

test("a character that was written in two parts is whole again", () => {
  const bytes = new TextEncoder().encode("peer(AbCd…WxYz)\n");
  using log = makeLog(bytes.subarray(0, 10));
  expect(log.follower.read()).toEqual([]);
  appendFileSync(log.path, bytes.subarray(10));
  expect(log.follower.read()).toEqual(["peer(AbCd…WxYz)"]);
});

test("a log that is cut in place is read from its new beginning, without the half line of before", () => {
  using log = makeLog("a long beginning\nhalf a li");
  log.follower.read();
  truncateSync(log.path, 0);
  appendFileSync(log.path, "new\n");
  expect(log.follower.read()).toEqual(["new"]);
});

test("of a flood only the last 256 KiB are read, from the first whole line", () => {
  using log = makeLog("");
  const line = `${"x".repeat(99)}\n`;
  appendFileSync(log.path, `${line.repeat(50_000)}last\n`);
  const lines = log.follower.read();
  expect(lines.length).toBe(2_622);
  expect(lines[0]).toBe(line.trimEnd());
  expect(lines.at(-1)).toBe("last");
  appendFileSync(log.path, "next\n");
  expect(log.follower.read()).toEqual(["next"]);
});

test("a line without end is not kept; the one after it is", () => {
  using log = makeLog("x".repeat(40_000));
  expect(log.follower.read()).toEqual([]);
  appendFileSync(log.path, `${"x".repeat(20_000)}\nnext\n`);
  expect(log.follower.read()).toEqual(["next"]);
});

test("a log that is not there yet is waited for, and one that is removed is followed on", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  const follower = followLog(path);
  try {
    expect(follower.read()).toEqual([]);
    writeFileSync(path, "one\n");
    expect(follower.read()).toEqual(["one"]);
    rmSync(path);
    expect(follower.read()).toEqual([]);
  } finally {
    follower.close();
  }
});

test("from its end on, it begins with a whole line", () => {
  using atLineStart = makeLog("old\n", "end");
  appendFileSync(atLineStart.path, "new\n");
  expect(atLineStart.follower.read()).toEqual(["new"]);
  using withinLine = makeLog("old\nhal", "end");
  appendFileSync(withinLine.path, "f\nnew\n");
  expect(withinLine.follower.read()).toEqual(["new"]);
  using empty = makeLog("", "end");
  appendFileSync(empty.path, "new\n");
  expect(empty.follower.read()).toEqual(["new"]);
});

test("from a place on, it gives what stands behind it", () => {
  using log = makeLog("header\nnew\n", "header\n".length);
  expect(log.follower.read()).toEqual(["new"]);
});

test("closed, it gives nothing and holds nothing open", () => {
  const before = readdirSync("/dev/fd").length;
  using log = makeLog("one\n");
  log.follower.close();
  expect(log.follower.read()).toEqual([]);
  log.follower.close();
  expect(readdirSync("/dev/fd").length).toBe(before);
});

function makeLog(content: string | Uint8Array, from: number | "end" = 0) {
  const folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  writeFileSync(path, content);
  const follower = followLog(path, from);
  return {
    path,
    follower,
    [Symbol.dispose]() {
      follower.close();
      folder[Symbol.dispose]();
    },
  };
}
