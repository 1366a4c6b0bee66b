import { createLineLog } from "./files/line-log.ts";
import { formatLocalTime } from "./local-time.ts";

/** The categories of an audit entry, as the predecessors have them. */
type AuditCategory = "CMD" | "STATE" | "ACTION" | "ERROR" | "SUCCESS" | "INFO";

/** Writes an entry of the audit log. */
export type Audit = (category: AuditCategory, message: string) => void;

/** Opens the audit log at `path`: one line an entry, escaped, rotated. */
export function openAuditLog(path: string): Audit {
  const log = createLineLog(path);
  return (category, message) => log.append(`[${formatLocalTime(new Date())}] [${category}] ${message}`);
}
