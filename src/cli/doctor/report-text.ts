import { Failure } from "../../platform/failure.ts";
import { escapeControls } from "../../platform/plain-text.ts";
import { formatDuration, formatTable, toOneLine } from "../output/table.ts";
import type { Colour, Paint } from "../output/terminal.ts";
import type { Diagnosis, Severity } from "./diagnosis.ts";
import type { FoundProcess } from "./processes/classify-processes.ts";

/** The worst first. */
const COLOURS: { readonly [severity in Severity]: Colour } = { problem: "red", warning: "yellow", ok: "green" };

/** A longer command line makes the table unreadable. */
const COMMAND_WIDTH = 100;

/** The report for a person: what was found, the worst first, what to do about it, the processes, and the sum. */
export function formatReport(
  diagnoses: readonly Diagnosis[],
  processes: readonly ProcessEntry[],
  paint: Paint,
): string {
  const width = Math.max(...diagnoses.map(({ check }) => check.length));
  const sorted = Object.keys(COLOURS).flatMap((wanted) => diagnoses.filter(({ severity }) => severity === wanted));
  const lines = sorted.flatMap(({ check, severity, message, remedy }) => {
    const head = `${paint(severity.padEnd("problem".length), COLOURS[severity])}  ${check.padEnd(width)}  ${toOneLine(message)}`;
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

/** A process as the report shows it. Nothing of its environment is ever read. */
export type ProcessEntry = Readonly<ReturnType<typeof listEntries>[number]>;

/** @returns none where they could not be listed, which is a diagnosis. */
export function listEntries(processes: readonly FoundProcess[] | Failure) {
  if (processes instanceof Failure) return [];
  return processes.map(({ pid, parent, category, evidence, ageMilliseconds, words, name }) => ({
    pid,
    parent,
    category,
    evidence,
    ageSeconds: Math.floor(ageMilliseconds / 1_000),
    command: words.length === 0 ? [name] : words.map(escapeControls),
  }));
}
