import type { LogLevel, LogLine } from "../../linksocks/options.ts";
import { formatLocalTime } from "../../platform/local-time.ts";
import { escapeControls } from "../../platform/plain-text.ts";
import { sayError } from "../output/report.ts";
import { isTerminal, openReporter } from "../output/terminal.ts";

/** As consola counts them: a higher one tells less. */
const LEVELS: { readonly [level in LogLevel]: number } = { error: 0, warn: 1, info: 3, debug: 4, trace: 5 };

/**
 * Gives a role's log, on stderr.
 * @param verbosity 0 tells what matters, 1 debug, more than that everything.
 */
export async function openRoleLog(verbosity: number): Promise<LogLine> {
  const isForPerson = isTerminal("stderr");
  return createRoleLog(verbosity, isForPerson ? await openTerminalLog() : (...line) => sayError(formatLine(...line)));
}

/** Passes on what is worth it at a verbosity. What servers and clients send cannot forge a second line. */
export function createRoleLog(verbosity: number, write: LogLine): LogLine {
  return (level, text) => {
    if (LEVELS[level] <= LEVELS.info + verbosity) write(level, escapeControls(text));
  };
}

/** A line for a file or a program: time, level, text. */
export function formatLine(level: LogLevel, text: string): string {
  return `${formatLocalTime(new Date())} ${level.toUpperCase().padEnd(5)} ${text}`;
}

async function openTerminalLog(): Promise<LogLine> {
  const reporter = await openReporter({ level: LEVELS.trace, stdout: process.stderr, formatOptions: { date: true } });
  // consola prints a stack for a trace.
  return (level, text) => reporter[level === "trace" ? "debug" : level]({ message: text, badge: false });
}
