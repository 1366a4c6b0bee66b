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

/** Entries that may come at once, and how many a second in the long run: to fill both files then takes hours. */
const BURST = 200;
const PER_SECOND = 2;

/** Characters of one entry. The longest that an honest client causes has half as many. */
const ENTRY_LENGTH = 400;

/**
 * The audit log for what strangers cause: they cannot push out of it what is in it already. What is left out is counted, and
 * the count is written as soon as there is room again. Each kind of entry gets a limit of its own, so that one cannot hide
 * another.
 * @param now milliseconds, of any origin.
 */
export function limitAudit(audit: Audit, now: () => number = () => performance.now()): Audit {
  let room = BURST;
  let lookedAt = now();
  let leftOut = 0;
  return (category, message) => {
    const at = now();
    room = Math.min(BURST, room + ((at - lookedAt) / 1_000) * PER_SECOND);
    lookedAt = at;
    if (room < 1) {
      leftOut += 1;
      return;
    }
    if (leftOut > 0) audit("INFO", `${leftOut} entries of this kind were left out, because too many came at once`);
    leftOut = 0;
    room -= 1;
    audit(category, message.length > ENTRY_LENGTH ? `${message.slice(0, ENTRY_LENGTH)}…` : message);
  };
}
