import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openAuditLog } from "../../src/platform/audit.ts";
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
