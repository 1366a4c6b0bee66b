// What a person types and reads: one file for each verb, and how results and errors look. It talks to a running daemon
// through its doors, as any client does, and starts one through daemon/.

import { writeSync } from "node:fs";
import { Failure, type FailureCode } from "../platform/failure.ts";

/** The exit codes, as the README lists them. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const;

const EXIT_CODES: { readonly [code in FailureCode]?: number } = {
  usage: EXIT.usage,
  "settings-invalid": EXIT.usage,
  "daemon-unreachable": EXIT.unreachable,
};

/** Writes an error with its hint to stderr and gives the exit code that belongs to it. */
export function reportFailure(error: unknown): number {
  if (!(error instanceof Failure)) {
    sayError(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT.failed;
  }
  sayError(`${paint("wpdaemon:", "red")} ${error.message}`);
  if (error.hint !== undefined) sayError(`  ${paint("→", "dim")} ${error.hint}`);
  return EXIT_CODES[error.code] ?? EXIT.failed;
}

/** One line to stdout. */
export function say(line: string): void {
  write(1, line);
}

/** One line to stderr. */
export function sayError(line: string): void {
  write(2, line);
}

const COLOURS = { red: 31, green: 32, yellow: 33, dim: 2 } as const;

/** Colours text for a terminal on stderr; plain elsewhere, and wherever `NO_COLOR` is set. */
export function paint(text: string, colour: keyof typeof COLOURS): string {
  const plain = process.env["NO_COLOR"] !== undefined && process.env["NO_COLOR"] !== "";
  return plain || !process.stderr.isTTY ? text : `\u001b[${COLOURS[colour]}m${text}\u001b[0m`;
}

/** A reader that has gone away (a closed pipe or terminal) must not end the daemon. */
function write(descriptor: 1 | 2, line: string): void {
  try {
    writeSync(descriptor, `${line}\n`);
  } catch {
    // Nobody reads.
  }
}
