// The ground floor: what differs between machines, and what all code needs of the machine (paths, files, processes, clock,
// log). It knows nothing of tunnels or protocols, and imports nothing from the floors above it.

/** Stable words for what went wrong; scripts may test for them, so none is ever renamed. */
export const FAILURE_CODES = [
  "usage",
  "config-invalid",
  "config-not-found",
  "config-exists",
  "settings-invalid",
  "program-missing",
  "program-corrupt",
  "download-failed",
  "platform-unsupported",
  "address-in-use",
  "already-running",
  "not-running",
  "start-failed",
  "name-unknown",
  "stop-failed",
  "lock-held",
  "daemon-unreachable",
  "file-unusable",
  "daemon-not-started",
  "daemon-not-running",
  "permission-denied",
  "state-corrupt",
  "timed-out",
  "command-missing",
  "command-not-executable",
  "handover-failed",
  "recovery-failed",
  "internal",
] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];

interface FailureDetails {
  /** What the reader can do about it, one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The only error class of the program: a stable code, a sentence that says what was wrong and where, and a hint that says
 * what to do. It is thrown where the fault is known and rendered once, where it leaves the program. No text in it may hold
 * a key, a password or a token.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  readonly hint: string | undefined;

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
  }
}

/** The failure that caused another, without what was said around it; itself where there is none. */
export function causeOf(failure: Failure): Failure {
  return failure.cause instanceof Failure ? failure.cause : failure;
}

/** What is wrong with a place, by the system's code: which failure that is, and what to do. */
const REFUSALS: ReadonlyMap<string, readonly [code: FailureCode, hint: string]> = new Map([
  ["EACCES", ["permission-denied", "run this as the user who owns the file"]],
  ["EPERM", ["permission-denied", "run this as the user who owns the file"]],
  ["EROFS", ["permission-denied", "its file system is read-only: choose another folder with --home"]],
  ["ENOTDIR", ["usage", "a file is where a folder has to be: move it away, or choose another folder with --home"]],
  ["EEXIST", ["usage", "a file is where a folder has to be: move it away, or choose another folder with --home"]],
  ["EISDIR", ["usage", "a folder is where a file has to be: move it away, or choose another folder with --home"]],
  ["ELOOP", ["usage", "its links lead in a circle: choose another folder with --home"]],
  ["ENAMETOOLONG", ["usage", "choose a folder with a shorter path, with --home or ARGUS_HOME"]],
  ["ENOSPC", ["file-unusable", "make room on that disk"]],
  ["EDQUOT", ["file-unusable", "the disk quota of this user is used up: make room"]],
  ["EIO", ["file-unusable", "look at that disk"]],
  ["EMFILE", ["file-unusable", "raise the limit of open files"]],
  ["ENFILE", ["file-unusable", "raise the system's limit of open files"]],
]);

/**
 * What the system refuses is no defect of ours, whichever call met it.
 * @param subject what could not be done, `cannot write /home/me/x`; without one, the system's own words.
 * @returns undefined for an error that says nothing about a place.
 */
export function explainRefusal(error: unknown, subject?: string): Failure | undefined {
  const code = systemCode(error) ?? "";
  const [kind, hint] = REFUSALS.get(code) ?? [];
  if (kind === undefined) return undefined;
  const message = subject === undefined ? describeError(error) : `${subject}: ${code}`;
  return new Failure(kind, message, { hint, cause: error });
}

/** Nothing can be done in an installation's own folder. */
export function folderUnusable(error: unknown, folder: string): Failure {
  const subject = `cannot use ${folder}`;
  const hint = "make it a folder that you may write to, or choose another with --home";
  return (
    explainRefusal(error, subject) ??
    new Failure("usage", `${subject}: ${describeError(error)}`, { hint, cause: error })
  );
}

/** The system refuses something with a file. @param subject what could not be done, `cannot write /home/me/x`. */
export function fileUnusable(error: unknown, subject: string, hint: string): Failure {
  return new Failure("file-unusable", `${subject}: ${systemCode(error) ?? "failed"}`, { hint, cause: error });
}

/** What `act` gives. @throws Failure as `fileUnusable` where it throws. */
export function orFileUnusable<Result>(subject: string, hint: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw fileUnusable(error, subject, hint);
  }
}

/** Nothing can listen at a place. @param subject `cannot accept SOCKS on 127.0.0.1:9870`. */
export function cannotListen(error: unknown, subject: string, hint: string): Failure {
  const isTaken = systemCode(error) === "EADDRINUSE";
  const message = `${subject}${isTaken ? ": the port is taken" : ""}`;
  return new Failure(isTaken ? "address-in-use" : "start-failed", message, { hint, cause: error });
}

/** The text of anything thrown, in one line; for a Failure with its hint. */
export function describeError(error: unknown): string {
  if (error instanceof Failure) return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  return error instanceof Error ? error.message : String(error);
}

/** Anything thrown, as a Failure: what is none is a defect of ours, `internal`. */
export function toFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure("internal", describeError(error), { cause: error });
}

/** What `look` gives, or `otherwise` where it throws: for what may be gone by now, or is not for us to see. */
export function attemptOr<Result, Other>(otherwise: Other, look: () => Result): Result | Other {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/** Whether there is no room for what was to be written; everything else goes on. */
export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

/** The operating system's code of an error (`ENOENT`, `EACCES`, …), where it has one. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
