import { formatDuration, formatTable } from "../output/table.ts";
import type { Colour, Paint } from "../output/terminal.ts";
import type { Diagnosis, Severity } from "./diagnosis.ts";
import type { ProcessEntry } from "./processes/process-entry.ts";

const COLOURS: { readonly [severity in Severity]: Colour } = { ok: "green", warning: "yellow", problem: "red" };

/** More of a command line helps nobody at a terminal. */
const COMMAND_WIDTH = 100;

/** The report for a person: what was found, what to do about it, the processes, and the sum. */
export function formatReport(
  diagnoses: readonly Diagnosis[],
  processes: readonly ProcessEntry[],
  paint: Paint,
): string {
  const width = Math.max(...diagnoses.map(({ check }) => check.length));
  const lines = diagnoses.flatMap(({ check, severity, message, remedy }) => {
    const head = `${paint(severity.padEnd("problem".length), COLOURS[severity])}  ${check.padEnd(width)}  ${message}`;
    return remedy === null ? [head] : [head, `${" ".repeat(width + 11)}${paint("→", "dim")} ${remedy}`];
  });
  return [...lines, "", formatProcesses(processes), "", sumUp(diagnoses)].join("\n");
}

function formatProcesses(processes: readonly ProcessEntry[]): string {
  const rows = processes.map(({ pid, category, ageSeconds, command }) => {
    const shown = command.join(" ");
    const short = shown.length > COMMAND_WIDTH ? `${shown.slice(0, COMMAND_WIDTH - 1)}…` : shown;
    return [String(pid), category, formatDuration(ageSeconds * 1_000), short];
  });
  return formatTable(["PID", "CATEGORY", "AGE", "COMMAND"], rows);
}

function sumUp(diagnoses: readonly Diagnosis[]): string {
  const problems = count(diagnoses, "problem");
  const warnings = count(diagnoses, "warning");
  if (problems + warnings === 0) return "all is well";
  return `${problems} ${problems === 1 ? "problem" : "problems"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
}

function count(diagnoses: readonly Diagnosis[], severity: Severity): number {
  return diagnoses.filter((diagnosis) => diagnosis.severity === severity).length;
}
