import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLineLog } from "../../../src/platform/files/line-log.ts";
import { makeNamedPipe } from "../../../src/platform/libc.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("a line is on disk when append returns, in a file for the owner alone, whose folders are made at need", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "logs", "deep", "a.log");
  const log = createLineLog(path);
  expect(existsSync(path)).toBe(false);
  log.append("one ä");
  expect(readFileSync(path, "utf8")).toBe("one ä\n");
  log.append("two");
  expect(readFileSync(path, "utf8")).toBe("one ä\ntwo\n");
  expect(modeOf(path)).toBe(0o600);
});

test("a log that exists is continued", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  writeFileSync(path, "before\n");
  createLineLog(path).append("after");
  expect(readFileSync(path, "utf8")).toBe("before\nafter\n");
});

test("beyond its limit the log starts anew, and one former file is kept", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  const log = createLineLog(path, 20);
  // Five bytes each: the fifth makes 25.
  for (const line of ["0001", "0002", "0003", "0004"]) log.append(line);
  expect(readdirSync(folder.path)).toEqual(["a.log"]);
  log.append("0005");
  expect(existsSync(path)).toBe(false);
  expect(readFileSync(`${path}.1`, "utf8")).toBe("0001\n0002\n0003\n0004\n0005\n");
  for (const line of ["0006", "0007", "0008", "0009", "0010", "0011"]) log.append(line);
  expect(readFileSync(`${path}.1`, "utf8")).toBe("0006\n0007\n0008\n0009\n0010\n");
  expect(readFileSync(path, "utf8")).toBe("0011\n");
  expect(readdirSync(folder.path).sort()).toEqual(["a.log", "a.log.1"]);
});

test("a fault is swallowed, and the log goes on once it is mended", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  mkdirSync(path);
  const log = createLineLog(path);
  log.append("lost");
  rmSync(path, { recursive: true });
  log.append("kept");
  expect(readFileSync(path, "utf8")).toBe("kept\n");
});

test("an entry is one line, whatever is in it", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  createLineLog(path).append("a\n[2026-01-01 00:00:00] [SUCCESS] forged\r\n\u001b[2J");
  expect(readFileSync(path, "utf8")).toBe("a\\n[2026-01-01 00:00:00] [SUCCESS] forged\\r\\n\\u001b[2J\n");
});

test.each(["a link", "a pipe"])(
  "%s under a log's name is replaced by a file: nothing is written through it",
  (what) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "a.log");
    const target = join(folder.path, "target");
    writeFileSync(target, "untouched\n");
    if (what === "a link") symlinkSync(target, path);
    else makeNamedPipe(path);
    createLineLog(path).append("ours");
    expect(readFileSync(path, "utf8")).toBe("ours\n");
    expect(readFileSync(target, "utf8")).toBe("untouched\n");
  },
);
