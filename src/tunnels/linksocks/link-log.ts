import type { LogLevel } from "../../linksocks/options.ts";
import { escapeControls } from "../../platform/files/line-log.ts";
import { formatLocalTime } from "../../platform/local-time.ts";
import type { Ending } from "../driver/driver.ts";
import { closeSessionLog, createSessionLog, type SessionHeader } from "../driver/session-log.ts";

/** Each request of an application is told in these, and a log is written at once, line by line. */
const UNWRITTEN: readonly LogLevel[] = ["trace", "debug"];

export type LinkLog = ReturnType<typeof createLinkLog>;

/** Creates the session log of one run, as a child's would be. @throws Failure `file-unusable`. */
export function createLinkLog(header: Omit<SessionHeader, "version">, now: () => number) {
  const log = createSessionLog({ ...header, version: "none, it is carried by wpdaemon's own LinkSocks client" });
  let isFinished = false;

  return {
    path: log.path,
    /** One entry; what a server sends cannot forge a second one. */
    append(level: LogLevel, text: string): void {
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
