import type { LogLine } from "./options.ts";

/** What a stranger may write into a log: characters an entry, and a second, with what it has saved up. */
const LONGEST_ENTRY = 1_024;
const PER_SECOND = 4 * 1_024;
const SAVED_UP = 64 * 1_024;

/**
 * A log for what a stranger has to tell or causes, who is not to fill a disk with it. What is beyond the bound is counted,
 * and the count is told.
 * @param what the entries are: `messages of the server`.
 * @param now a clock in milliseconds that never goes back.
 */
export function createBoundedLog(log: LogLine, what: string, now: () => number): LogLine {
  let left = SAVED_UP;
  let at = now();
  let leftOut = 0;
  return (level, text) => {
    const time = now();
    left = Math.min(SAVED_UP, left + ((time - at) * PER_SECOND) / 1_000);
    at = time;
    const entry = text.length > LONGEST_ENTRY ? `${text.slice(0, LONGEST_ENTRY)}…` : text;
    if (entry.length > left) {
      leftOut += 1;
      return;
    }
    left -= entry.length;
    if (leftOut > 0) log("warn", `${leftOut} ${what} were left out, for there are too many`);
    leftOut = 0;
    log(level, entry);
  };
}
