// What `wpdaemon doctor` looks at: one check a file, each a function of the circumstances, which are gathered once. Nothing
// here changes anything but `doctor clean`, and that only what it has proved to be left over.

export type Severity = "ok" | "warning" | "problem";

/** What one check has found. No text in it holds a key, a password or a token. */
export interface Diagnosis {
  /** The check's name, one word. */
  readonly check: string;
  readonly severity: Severity;
  /** One sentence, without its full stop. */
  readonly message: string;
  /** What a person should do about it; null where there is nothing to do. */
  readonly remedy: string | null;
}

export function fine(check: string, message: string): Diagnosis {
  return { check, severity: "ok", message, remedy: null };
}

export function warn(check: string, message: string, remedy: string | null): Diagnosis {
  return { check, severity: "warning", message, remedy };
}

export function blame(check: string, message: string, remedy: string | null): Diagnosis {
  return { check, severity: "problem", message, remedy };
}
