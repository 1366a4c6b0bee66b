import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { limitAudit, openAuditLog } from "../../src/platform/audit.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

test("an entry is one line with time, category and message, whatever a client sends", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "wp-server-logs", "audit.log");
  const audit = openAuditLog(path);
  audit("CMD", "Command received: state: from 127.0.0.1:4");
  audit("ERROR", "x\n[2026-01-01 00:00:00] [SUCCESS] forged");
  const time = String.raw`\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]`;
  expect(readFileSync(path, "utf8").split("\n")).toEqual([
    expect.stringMatching(new RegExp(`^${time} \\[CMD\\] Command received: state: from 127\\.0\\.0\\.1:4$`)),
    expect.stringMatching(new RegExp(`^${time} \\[ERROR\\] x\\\\n\\[2026-01-01 00:00:00\\] \\[SUCCESS\\] forged$`)),
    "",
  ]);
});

test("a flood of entries that strangers cause is cut off, counted, and told of when there is room again", () => {
  const entries: string[] = [];
  let at = 0;
  const audit = limitAudit(
    (category, message) => entries.push(`${category} ${message}`),
    () => at,
  );
  for (let count = 0; count < 100_000; count += 1) audit("ERROR", `Unknown command: ${count}`);
  expect(entries.length).toBe(200);
  at += 1_000;
  audit("ERROR", "later");
  expect(entries.slice(200)).toEqual([
    "INFO 99800 entries of this kind were left out, because too many came at once",
    "ERROR later",
  ]);
});

test("an entry that a stranger causes is cut at 400 characters", () => {
  const entries: string[] = [];
  limitAudit((_, message) => entries.push(message))("ERROR", "x".repeat(65_536));
  expect(entries).toEqual([`${"x".repeat(400)}…`]);
});
