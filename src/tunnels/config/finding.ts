import { basename } from "node:path";
import { Failure } from "../../platform/failure.ts";

/** Something in a config that its owner should know. No text in it repeats a value, a name or a key of the file. */
export interface Finding {
  /** An error keeps the tunnel from starting; a warning does not. */
  readonly severity: "error" | "warning";
  /** Absolute path where the config came from one. */
  readonly file: string;
  readonly line: number;
  /** What is wrong, a sentence without its full stop. */
  readonly message: string;
  /** What to do about it, likewise. */
  readonly hint: string;
}

/** Adds a finding of one file. */
export type Report = (severity: Finding["severity"], line: number, message: string, hint: string) => void;

/** Errors, and warnings, that are kept of one file: more help nobody, and a hostile file could cause a million. */
const MOST_FINDINGS = 200;

/** @param findings where the findings of `file` are put; beyond the limit, one counts the rest. */
export function reportTo(findings: Finding[], file: string): Report {
  const counts = { error: 0, warning: 0 };
  const rests: { error?: Rest; warning?: Rest } = {};
  return (severity, line, message, hint) => {
    counts[severity] += 1;
    if (counts[severity] <= MOST_FINDINGS) {
      findings.push({ severity, file, line, message, hint });
      return;
    }
    rests[severity] ??= { at: findings.length, line };
    const rest = rests[severity];
    const more = counts[severity] - MOST_FINDINGS;
    const told = `${more} more ${severity}${more === 1 ? " is" : "s are"} not shown, from this line on`;
    findings[rest.at] = { severity, file, line: rest.line, message: told, hint: "mend those before it first" };
  };
}

/** Where the finding stands that counts what is left out, and the line of the first of these. */
interface Rest {
  readonly at: number;
  readonly line: number;
}

/** `us-east.conf:7: DNS … (hint)`, one line. */
export function describeFinding(finding: Finding): string {
  return `${locateFinding(finding)} (${finding.hint})`;
}

/** The same without the hint. */
export function locateFinding(finding: Finding): string {
  return `${basename(finding.file)}:${finding.line}: ${finding.message}`;
}

/**
 * Lets a config pass that has no error.
 * @throws Failure `config-invalid` that names the first error and how many more there are.
 */
export function assertStartable(findings: readonly Finding[]): void {
  const [first, ...others] = findings.filter((finding) => finding.severity === "error");
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  throw new Failure("config-invalid", `${locateFinding(first)}${more}`, { hint: first.hint });
}
