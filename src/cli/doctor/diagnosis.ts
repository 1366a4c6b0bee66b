import type { Failure } from "../../platform/failure.ts";

// What `wpdaemon doctor` looks at: each check is a function of the circumstances, which are gathered once. Nothing here
// changes anything but `doctor clean`, and that only what it has proved to be left over.

export type Severity = "ok" | "warning" | "problem";

/** One thing that a check has seen. No text in it holds a key, a password or a token. */
export interface Observation {
  readonly severity: Severity;
  /** One sentence, without its full stop. */
  readonly message: string;
  /** What a person should do about it; null where there is nothing to do. */
  readonly remedy: string | null;
}

/** The same with the name of its check, one word. */
export interface Diagnosis extends Observation {
  readonly check: string;
}

/** What a check has seen; the functions below give one thing of it. */
export type Findings = readonly Observation[];

export function fine(message: string): Findings {
  return [{ severity: "ok", message, remedy: null }];
}

export function warn(message: string, remedy: string | null): Findings {
  return [{ severity: "warning", message, remedy }];
}

export function blame(message: string, remedy: string | null): Findings {
  return [{ severity: "problem", message, remedy }];
}

export function blameFailure({ message, hint }: Failure): Findings {
  return blame(message, hint ?? null);
}
