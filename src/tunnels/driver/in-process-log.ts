import { formatLocalTime } from "../../platform/local-time.ts";
import { escapeControls } from "../../platform/plain-text.ts";
import type { Ending } from "./driver.ts";
import { closeSessionLog, createSessionLog, type SessionHeader } from "./session-log.ts";

type Level = "trace" | "debug" | "info" | "warn" | "error";

/** Each request of an application is told in these, and a log is written at once, line by line. */
const UNWRITTEN: readonly Level[] = ["trace", "debug"];

export type InProcessLog = ReturnType<typeof createInProcessLog>;

/** Creates the session log of one run within this process, as a child's would be. @throws Failure `file-unusable`. */
export function createInProcessLog(header: SessionHeader, now: () => number) {
  const log = createSessionLog(header);
  let isFinished = false;

  return {
    path: log.path,
    /** One entry; what a far end sends cannot forge a second one. */
    append(level: Level, text: string): void {
      if (isFinished || UNWRITTEN.includes(level)) return;
      try {
        log.append(`${level.toUpperCase()}: ${formatLocalTime(new Date(now()))} ${escapeControls(text)}\n`);
      } catch {
        // A full disk must not end what the log tells of.
      }
    },
    /** Writes the footer; nothing comes after it. */
    finish(ending: Ending): void {
      if (isFinished) return;
      isFinished = true;
      log.close();
      closeSessionLog(log.path, ending, new Date(now()));
    },
  };
}
