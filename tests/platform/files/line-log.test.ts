import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLineLog, escapeControls } from "../../../src/platform/files/line-log.ts";
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

test.each([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\u0000", "\\u0000"],
  ["\u0007", "\\u0007"],
  ["\u001b", "\\u001b"],
  ["\u007f", "\\u007f"],
  ["\u0085", "\\u0085"],
  ["\u009b", "\\u009b"],
  ["\u2028", "\\u2028"],
  ["\u2029", "\\u2029"],
  ["zürich 東京 😀 \\", "zürich 東京 😀 \\"],
])("escapeControls %j gives %j", (text, escaped) => {
  expect(escapeControls(text)).toBe(escaped);
});
