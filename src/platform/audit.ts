import { createLineLog } from "./files/line-log.ts";
import { formatLocalTime } from "./local-time.ts";

/** The categories of an audit entry, as the predecessors have them. */
type AuditCategory = "CMD" | "STATE" | "ACTION" | "ERROR" | "SUCCESS" | "INFO";

/** Keeps what happened. Whoever causes something calls it; who reads it is not the caller's business. */
export type Audit = (category: AuditCategory, message: string) => void;

/** Opens the audit log at `path`: one line an entry, escaped, rotated. */
export function openAuditLog(path: string): Audit {
  const log = createLineLog(path);
  return (category, message) => log.append(`[${formatLocalTime(new Date())}] [${category}] ${message}`);
}
