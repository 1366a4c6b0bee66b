import type { Audit } from "../platform/audit.ts";
import { createLineLog } from "../platform/files/line-log.ts";
import { formatLocalTime } from "../platform/local-time.ts";

/** The audit log at `path`: one line an entry, escaped, rotated; reference page wireproxy-daemon.md section 12.1. */
export function openAuditLog(path: string): Audit {
  const log = createLineLog(path);
  return (category, message) => log.append(`[${formatLocalTime(new Date())}] [${category}] ${message}`);
}
