import { closeSync, constants, openSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { attemptOr, Failure, isDiskFull, systemCode } from "../../platform/failure.ts";
import {
  isTaken,
  listFolder,
  makePrivateFolder,
  PRIVATE_FILE,
  removeIfPossible,
  withFile,
  writeAll,
} from "../../platform/files/files.ts";
import { formatLocalTime } from "../../platform/local-time.ts";
import { tunnelNameOf } from "../config/store/names.ts";
import type { Ending } from "./driver.ts";

/** Session logs that are kept, the newest ones; older ones go when a tunnel starts. */
const KEPT_SESSIONS = 100;

const RULE = "=".repeat(80);

const METHODS: { readonly [ending in Ending]: string } = {
  graceful: "Graceful termination",
  killed: "Force killed",
  "died-during-startup": "Process died during startup",
  died: "Process died unexpectedly",
  "network-drop": "Network drop detected - auto-terminated",
};

export type SessionLog = ReturnType<typeof createSessionLog>;

export interface SessionHeader {
  readonly folder: string;
  /** Config name with its suffix. */
  readonly config: string;
  readonly configFile: string;
  /** What `wireproxy -v` printed. */
  readonly version: string;
  readonly startedAt: Date;
}

/**
 * Creates the log of one run and writes its header (docs/protocols/line.md, Session logs). Two runs within one
 * second get two files: the second name ends in `-2`.
 * On a full disk it takes what there is room for.
 * @throws Failure `file-unusable` (folder not writable).
 */
export function createSessionLog(header: SessionHeader) {
  const { path, descriptor } = openUnusedName(header);
  try {
    writeAll(descriptor, new TextEncoder().encode(formatHeader(header)));
  } catch (error) {
    // A tunnel is carried without a log rather than not at all. What is written once there is room again is kept.
    if (!isDiskFull(error)) {
      closeSync(descriptor);
      throw cannotCreate(path, error);
    }
  }
  return {
    path,
    /** Open for appending: the child's stdout and stderr. */
    descriptor,
    /** Adds a line of the daemon's own to the output. */
    append: (text: string) => writeAll(descriptor, new TextEncoder().encode(text)),
    close: () => closeSync(descriptor),
  };
}

/** Appends the footer; a log that is gone, or a full disk, is no reason to fail the stop that it tells of. */
export function closeSessionLog(path: string, ending: Ending, stoppedAt: Date): void {
  try {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;
    const footer = new TextEncoder().encode(formatFooter(ending, stoppedAt));
    withFile(openSync(path, flags), (file) => writeAll(file, footer));
  } catch {
    // Whoever stops a tunnel is not to be told that its log is incomplete.
  }
}

/**
 * Removes all but the newest session logs of `folder`; `inUse` holds the paths that must stay. What cannot be removed stays:
 * it must not fail the start of a tunnel.
 */
export function pruneSessionLogs(folder: string, inUse: readonly string[], keep = KEPT_SESSIONS): void {
  const sessions = listSessionLogs(folder)
    .map((session) => ({ ...session, written: attemptOr(0, () => statSync(session.path).mtimeMs) }))
    .sort((one, other) => other.seconds - one.seconds || other.written - one.written);
  for (const { path } of sessions.slice(keep)) {
    if (inUse.includes(path)) continue;
    removeIfPossible(path);
    removeIfPossible(`${path}.1`);
  }
}

/** A session log as its name describes it. */
export interface FoundSession {
  readonly path: string;
  /** When the run began, in seconds since the epoch. */
  readonly seconds: number;
  /** The tunnel's name, with `-2` behind it for the second run within one second. */
  readonly run: string;
}

/** The session logs of a folder, in no order; none where it cannot be read. */
export function listSessionLogs(folder: string): readonly FoundSession[] {
  return listFolder(folder).flatMap((path) => {
    const [, seconds, run] = /^(\d{1,11})_(.+)\.log$/.exec(basename(path)) ?? [];
    return seconds === undefined || run === undefined ? [] : [{ path, seconds: Number(seconds), run }];
  });
}

function openUnusedName(header: SessionHeader): { readonly path: string; readonly descriptor: number } {
  const stem = `${unixSeconds(header.startedAt)}_${tunnelNameOf(header.config)}`;
  for (let attempt = 1; ; attempt++) {
    const path = join(header.folder, attempt === 1 ? `${stem}.log` : `${stem}-${attempt}.log`);
    try {
      makePrivateFolder(header.folder);
      // Exclusive, so that no file of another run, and no link somebody laid there, is ever opened.
      const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL;
      return { path, descriptor: openSync(path, flags, PRIVATE_FILE) };
    } catch (error) {
      if (isDiskFull(error)) return { path, descriptor: openSync("/dev/null", constants.O_WRONLY) };
      // EEXIST may also tell of a folder that is a file.
      if (systemCode(error) !== "EEXIST" || !isTaken(path)) throw cannotCreate(path, error);
    }
  }
}

function cannotCreate(path: string, cause: unknown): Failure {
  const reason = systemCode(cause) ?? "unknown reason";
  return new Failure("file-unusable", `Failed to create log file: ${path}: ${reason}`, {
    hint: "make room on the disk or the folder writable",
    cause,
  });
}

function formatHeader(header: SessionHeader): string {
  return `${RULE}
WireProxy Server Log
${RULE}
Start Time: ${formatLocalTime(header.startedAt)}
Unix Timestamp: ${unixSeconds(header.startedAt)}
Configuration: ${header.config}
WireProxy Version: ${header.version}
Configuration File: ${header.configFile}

Process Output:
${RULE}
`;
}

function formatFooter(ending: Ending, stoppedAt: Date): string {
  return `
${RULE}
WireProxy Server Teardown
${RULE}
Stop Time: ${formatLocalTime(stoppedAt)}
Unix Timestamp: ${unixSeconds(stoppedAt)}
Status: Initiating shutdown
Shutdown Method: ${METHODS[ending]}
Final Status: Process terminated
${RULE}
End of log
${RULE}
`;
}

function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
