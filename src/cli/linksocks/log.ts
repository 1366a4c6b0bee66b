import { fstatSync } from "node:fs";
import type { LogLevel, LogLine } from "../../linksocks/options.ts";
import { escapeControls } from "../../platform/files/line-log.ts";
import { formatLocalTime } from "../../platform/local-time.ts";
import { type Colour, paint, sayError } from "../output/report.ts";

/**
 * A role's log: one line each on stderr, with time and level, coloured for a terminal. What servers and clients send cannot
 * forge a second line.
 * @param verbosity 0 tells what matters, 1 debug, more than that everything.
 * @param write takes a line.
 */
export function createRoleLog(verbosity: number, write: (line: string) => void = sayError): LogLine {
  const least = LEVELS.indexOf(verbosity === 0 ? "info" : verbosity === 1 ? "debug" : "trace");
  // To look at process.stderr costs 1.4 MB for good, which only a terminal is worth.
  const mayColour = fstatSync(2).isCharacterDevice();
  return (level, text) => {
    if (LEVELS.indexOf(level) < least) return;
    const colour = COLOURS[level];
    const name = level.toUpperCase().padEnd(5);
    const shown = mayColour && colour !== undefined ? paint(name, colour) : name;
    write(`${formatLocalTime(new Date())} ${shown} ${escapeControls(text)}`);
  };
}

const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

const COLOURS: { readonly [level in LogLevel]?: Colour } = {
  trace: "dim",
  debug: "dim",
  info: "green",
  warn: "yellow",
  error: "red",
};
