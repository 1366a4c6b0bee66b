import { closeSync, fstatSync, openSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { makePrivateFolder, PRIVATE_FILE, writeAll } from "./files.ts";

/**
 * A text file that grows by whole lines and is rotated, so that it never exceeds twice `maximumBytes`; it is opened at its
 * first line. The file before the last rotation is kept as `<path>.1`.
 */
export function createLineLog(path: string, maximumBytes = 10 * 1024 * 1024) {
  return {
    /** Appends one line; a fault (disk full) is ignored, because a log must not stop the work that it records. */
    append(line: string): void {
      try {
        makePrivateFolder(dirname(path));
        const file = openSync(path, "a", PRIVATE_FILE);
        try {
          writeAll(file, new TextEncoder().encode(`${escapeControls(line)}\n`));
          if (fstatSync(file).size > maximumBytes) renameSync(path, `${path}.1`);
        } finally {
          closeSync(file);
        }
      } catch {
        // Nothing to write to; the daemon's own work goes on.
      }
    },
  };
}

/** One entry is one line: what a client sends cannot forge a second one, nor reach a terminal as an escape. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) =>
    character === "\n"
      ? "\\n"
      : character === "\r"
        ? "\\r"
        : character === "\t"
          ? "\\t"
          : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
