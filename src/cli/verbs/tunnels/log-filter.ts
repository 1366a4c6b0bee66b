import { attemptOr, Failure } from "../../../platform/failure.ts";
import { parseDuration } from "../../arguments.ts";

/** Which lines of a log are wanted. */
export interface LogFilter {
  /** Milliseconds since the epoch; undefined: from the beginning. */
  readonly since: number | undefined;
  readonly onlyErrors: boolean;
}

/** As our own logs and wireproxy's have it, local time: `2026-11-21 16:00:29`, `2026/11/21 16:00:29`. */
const TIME = /\b(\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?/;
const TROUBLE = /\b(?:err|error|wrn|warn|warning|fatal|panic|fail|failed|failure|refused|unreachable)\b/i;

/** The lines that are wanted. One without a time of its own belongs to the one before it. */
export function filterLines(lines: readonly string[], { since, onlyErrors }: LogFilter): readonly string[] {
  const first =
    since === undefined ? 0 : lines.findIndex((line) => (readTime(line) ?? Number.NEGATIVE_INFINITY) >= since);
  return first === -1 ? [] : lines.slice(first).filter((line) => !onlyErrors || TROUBLE.test(line));
}

/**
 * A moment that a person names: how long ago (`15m`), or a local time (`2026-11-21 16:00`).
 * @param now milliseconds since the epoch. @throws Failure `usage`.
 */
export function parseSince(text: string, now: number): number {
  const moment = /^\d{4}/.test(text) ? readTime(`${text}${/:/.test(text) ? "" : " 00:00"}`) : undefined;
  const ago = attemptOr(undefined, () => parseDuration("--since", text));
  const since = moment ?? (ago === undefined ? undefined : now - ago);
  if (since !== undefined) return since;
  throw new Failure("usage", `--since needs a time, not ${JSON.stringify(text)}`, {
    hint: 'such as 15m, 2h, 2026-11-21 or "2026-11-21 16:00"',
  });
}

function readTime(line: string): number | undefined {
  const found = TIME.exec(line);
  if (found === null) return undefined;
  const [year = 0, month = 1, day, hour, minute, second = 0] = found.slice(1).map((digits) => Number(digits ?? 0));
  return new Date(year, month - 1, day, hour, minute, second).getTime();
}
