// What a person types and reads: one file for each verb, and how results and errors look. It talks to a running daemon
// through its doors, as any client does, and starts one through daemon/.

import { writeSync } from "node:fs";
import { EXIT } from "../../platform/exit-codes.ts";
import { Failure, type FailureCode, systemCode } from "../../platform/failure.ts";

export { EXIT };

const EXIT_CODES: { readonly [code in FailureCode]?: number } = {
  usage: EXIT.usage,
  "settings-invalid": EXIT.usage,
  "daemon-unreachable": EXIT.noDaemon,
  "daemon-not-started": EXIT.noDaemon,
  "daemon-not-running": EXIT.noDaemon,
  "state-corrupt": EXIT.stateCorrupt,
  "permission-denied": EXIT.permissionDenied,
  "command-not-executable": EXIT.notExecutable,
  "command-missing": EXIT.notFound,
};

/** Writes an error with its hint to stderr, for people or as one JSON document, and gives its exit code. */
export function reportFailure(error: unknown, form: "text" | "json" = "text"): number {
  const failure = error instanceof Failure ? error : recognize(error);
  const { code, message, hint } = failure;
  if (form === "json") {
    sayError(JSON.stringify({ ok: false, error: { code, message, hint: hint ?? null } }));
  } else if (code === "internal" && failure.cause instanceof Error) {
    sayError(failure.cause.stack ?? message);
  } else {
    sayError(`${paint("wpdaemon:", "red")} ${message}`);
    if (hint !== undefined) sayError(`  ${paint("→", "dim")} ${hint}`);
  }
  return EXIT_CODES[code] ?? EXIT.failed;
}

/** What the system refuses is no fault of ours, whichever call met it. */
function recognize(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const code = systemCode(error);
  if (code !== "EACCES" && code !== "EPERM") return new Failure("internal", message, { cause: error });
  return new Failure("permission-denied", message, { hint: "run this as the user whom the file belongs to" });
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

export type Colour = keyof typeof COLOURS;

/** Colours text for the terminal that a stream leads to; plain elsewhere, and wherever `NO_COLOR` is set. */
export function paint(text: string, colour: Colour, stream: "stdout" | "stderr" = "stderr"): string {
  const plain = process.env["NO_COLOR"] !== undefined && process.env["NO_COLOR"] !== "";
  return plain || !process[stream].isTTY ? text : `\u001b[${COLOURS[colour]}m${text}\u001b[0m`;
}

/** A reader that has gone away (a closed pipe or terminal) must not end the daemon. */
function write(descriptor: 1 | 2, line: string): void {
  try {
    writeSync(descriptor, `${line}\n`);
  } catch {
    // Nobody reads.
  }
}
