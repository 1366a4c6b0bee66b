// What a person types and reads: one file for each command, and how results and errors look. It talks to a running daemon
// through its doors, as any client does, and starts one through daemon/.

import { writeSync } from "node:fs";
import { EXIT } from "../../platform/exit-codes.ts";
import { attemptOr, explainRefusal, Failure, type FailureCode, systemCode, toFailure } from "../../platform/failure.ts";
import { toPlainText } from "../../platform/plain-text.ts";
import { isTerminal, openReporter, revealColours } from "./terminal.ts";

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

/** Writes an error with its hint to stderr, for people or as one JSON document. @returns its exit code. */
export async function reportFailure(error: unknown, form: "text" | "json" = "text"): Promise<number> {
  const failure = explainRefusal(error) ?? toFailure(error);
  const { code, message, hint } = failure;
  if (form === "json") {
    sayError(JSON.stringify({ ok: false, error: { code, message, hint: hint ?? null } }));
  } else if (code === "internal" && failure.cause instanceof Error) {
    sayError(failure.cause.stack ?? message);
  } else if (isTerminal("stderr")) {
    (await openReporter()).error(toPlainText(hint === undefined ? message : `${message}\n→ ${hint}`));
  } else {
    sayError(`wpdaemon: ${message}`);
    if (hint !== undefined) sayError(`  → ${hint}`);
  }
  return EXIT_CODES[code] ?? EXIT.failed;
}

/** Writes a warning to stderr. */
export async function warn(text: string): Promise<void> {
  if (isTerminal("stderr")) (await openReporter()).warn({ message: toPlainText(text), badge: false });
  else sayError(`wpdaemon: ${text}`);
}

/** Writes what a command has done to stdout. */
export async function sayDone(text: string): Promise<void> {
  if (isTerminal("stdout")) (await openReporter()).success(revealColours(text));
  else say(text);
}

/**
 * Asks before what cannot be undone. Scripts, which nobody could answer for, go on as with `--yes`.
 * @returns whether to go on; where not, the exit code is set.
 */
export async function confirm(question: string, { yes, json }: { yes: boolean; json: boolean }): Promise<boolean> {
  if (yes || json || !isTerminal("stdin") || !isTerminal("stdout")) return true;
  const reporter = await openReporter();
  if (await reporter.prompt(toPlainText(question), { type: "confirm", initial: false, cancel: "null" })) return true;
  reporter.info("nothing was changed");
  process.exitCode = EXIT.failed;
  return false;
}

/** How long to wait for a reader whose pipe is full, in milliseconds. */
const PATIENCE_MS = 5;

/**
 * One or more lines to stdout, in which foreign words are plain text. A reader that has gone away is no fault.
 * @throws Failure `file-unusable` where the lines cannot be written: whoever keeps them must know.
 */
export function say(line: string): void {
  const code = writeWhole(1, revealColours(line));
  if (code === undefined || code === "EPIPE") return;
  throw new Failure("file-unusable", `cannot write to the standard output: ${code}`, {
    hint: code === "ENOSPC" ? "make room on its disk" : undefined,
  });
}

/**
 * Gives what writes lines to stdout for as long as somebody reads them; then the process ends, as it should in
 * `… | head -1`. Foreign words in them have to be plain already. It waits for a slow reader, and with it everything else: whoever sends to us then sees that we are slow.
 */
export function openOutput(): (line: string) => void {
  return (line) => {
    const code = writeWhole(1, line);
    if (code === undefined) return;
    if (code === "EPIPE") process.exit(EXIT.done);
    sayError(`wpdaemon: cannot write to the standard output: ${code}`);
    process.exit(EXIT.failed);
  };
}

/** The same for a program that serves: what it says must never end it, nor make it wait. */
export function sayIfPossible(line: string): void {
  tryToWrite(1, line);
}

/** One or more lines to stderr, likewise. */
export function sayError(line: string): void {
  tryToWrite(2, line);
}

function tryToWrite(descriptor: 1 | 2, line: string): void {
  attemptOr(undefined, () => writeSync(descriptor, `${toPlainText(line)}\n`));
}

/**
 * Writes a line to its end, also where the system takes it by parts or lets us wait.
 * @returns the system's code where it refuses; then nobody reads, or nothing more can be kept.
 */
function writeWhole(descriptor: 1 | 2, line: string): string | undefined {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      if (systemCode(error) !== "EAGAIN") return systemCode(error) ?? "failed";
      Bun.sleepSync(PATIENCE_MS);
    }
  }
  return undefined;
}
