import { Failure } from "../platform/failure.ts";

/**
 * Milliseconds of a text such as `30s`, `500ms`, `2m` or `1h`; a bare number counts seconds.
 * @throws Failure `usage`.
 */
export function parseDuration(option: string, text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const milliseconds = Number(amount) * (UNITS.get(unit ?? "s") ?? Number.NaN);
  // A timer takes no more than 2^31 ms: some 24 days.
  if (milliseconds < 2 ** 31) return milliseconds;
  throw new Failure("usage", `${option} needs a time, not ${JSON.stringify(text)}`, {
    hint: "a number with ms, s, m or h, such as 30s; at most 24 days",
  });
}

const UNITS = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** A span of time in its largest unit, rounded down: `12s`, `5m`, `3h`, `2d`. A negative one, of a clock set back, is `0s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
