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

/** The text of anything thrown, in one line; for a Failure with its hint. */
export function describeError(error: unknown): string {
  if (error instanceof Failure) return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  return error instanceof Error ? error.message : String(error);
}

/** What `look` gives, or `otherwise` where it throws: for what may be gone by now, or is not for us to see. */
export function attemptOr<Result, Other>(otherwise: Other, look: () => Result): Result | Other {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/** The operating system's code of an error (`ENOENT`, `EACCES`, …), where it has one. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
