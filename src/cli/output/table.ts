import { escapeCharacter } from "../../platform/plain-text.ts";

/** Pads each column to its widest cell as a terminal shows it, with two blanks between columns. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows.map((row) => row.map(toOneLine))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => Bun.stringWidth(line[column] ?? ""))));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - Bun.stringWidth(cell)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A span of time in its largest unit, rounded down: `12s`, `5m`, `3h`, `2d`. A negative one, of a clock set back, is `0s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** A number of bytes in its largest unit of 1,000, `0 B`, `14.8 kB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const power = Math.min(UNITS.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}

const UNITS = ["kB", "MB", "GB", "TB"] as const;

/** A foreign word that begins a line anew could pass for one of ours. */
export function toOneLine(text: string): string {
  return text.replace(/[\n\r\t]/g, escapeCharacter);
}
