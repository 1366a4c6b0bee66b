import type { LogLevel } from "../../linksocks/options.ts";
import { escapeControls } from "../../platform/files/line-log.ts";
import { formatLocalTime } from "../../platform/local-time.ts";
import { createSessionLog } from "../driver/session-log.ts";

/** The session log of one run, as a child's would be. */
export interface LinkLog {
  readonly path: string;
  /** One entry; what a server sends cannot forge a second one. */
  append(level: LogLevel, text: string): void;
  close(): void;
}

/** Each request of an application is told in these, and a log is written at once, line by line. */
const UNWRITTEN: readonly LogLevel[] = ["trace", "debug"];

/** @throws Failure `file-unusable`. */
export function createLinkLog(
  header: { readonly folder: string; readonly config: string; readonly configFile: string; readonly startedAt: Date },
  now: () => number,
): LinkLog {
  const log = createSessionLog({ ...header, version: "none, it is carried by wpdaemon's own LinkSocks client" });
  let isClosed = false;
  return {
    path: log.path,
    append(level, text) {
      if (isClosed || UNWRITTEN.includes(level)) return;
      try {
        log.append(`${level.toUpperCase()}: ${formatLocalTime(new Date(now()))} ${escapeControls(text)}\n`);
      } catch {
        // A full disk must not end what the log tells of.
      }
    },
    close() {
      if (!isClosed) log.close();
      isClosed = true;
    },
  };
}
