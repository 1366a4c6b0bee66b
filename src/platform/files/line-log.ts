import { fstatSync, renameSync } from "node:fs";
import { escapeControls } from "../plain-text.ts";
import { openLogFile, withFile, writeAll } from "./files.ts";

/**
 * A text file that grows by whole lines and is rotated, so that it never exceeds twice `maximumBytes`; it is opened at its
 * first line. The file before the last rotation is kept as `<path>.1`.
 */
export function createLineLog(path: string, maximumBytes = 10 * 1024 * 1024) {
  return {
    /** Appends one line; a fault (disk full) is ignored, because a log must not stop the work that it records. */
    append(line: string): void {
      try {
        withFile(openLogFile(path), (file) => {
          writeAll(file, new TextEncoder().encode(`${escapeControls(line)}\n`));
          if (fstatSync(file).size > maximumBytes) renameSync(path, `${path}.1`);
        });
      } catch {
        // Nothing to write to; the daemon's own work goes on.
      }
    },
  };
}
