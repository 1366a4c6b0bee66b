import { constants, fstatSync, lstatSync, openSync, readSync, truncateSync, writeSync } from "node:fs";
import { PRIVATE_FILE, withFile } from "../../platform/files/files.ts";
import { startInterval } from "../../platform/timers.ts";

/** A session log is cut at this size, its former content kept once as `<log>.1`. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

/** How often a running tunnel's log is measured: seldom, because each look wakes an idle machine. */
const INTERVAL_MS = 5 * 60 * 1000;

/**
 * Keeps the log of a running child bounded. The child holds the descriptor, opened for appending, so the file is copied
 * and truncated in place; lines written between the two are lost.
 */
export function limitLog(
  path: string,
  limitBytes = LOG_LIMIT_BYTES,
  intervalMs = INTERVAL_MS,
): { look(): void; stop(): void } {
  const timer = startInterval("session logs", intervalMs, () => cutIfTooLong(path, limitBytes));
  timer.unref();
  return { look: () => cutIfTooLong(path, limitBytes), stop: () => clearInterval(timer) };
}

/** Cuts the log where it exceeds the limit. A fault (file gone, disk full) leaves it for the next look. */
export function cutIfTooLong(path: string, limitBytes: number): void {
  try {
    // A link is small: what it leads to is never cut.
    if (lstatSync(path).size <= limitBytes) return;
    copyEnd(path, `${path}.1`, limitBytes);
  } catch {
    // Where the disk has no room for the copy, cutting matters even more.
  }
  try {
    if (lstatSync(path).size > limitBytes) truncateSync(path, 0);
  } catch {
    // Gone: nothing to bound.
  }
}

/** Bytes that are copied at once. */
const PIECE_BYTES = 256 * 1024;

/** The last bytes of a file, up to `most`: in a flood it may have grown by much more, and copying that would take seconds. */
function copyEnd(from: string, to: string, most: number): void {
  const { O_RDONLY, O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  withFile(openSync(from, O_RDONLY | O_NOFOLLOW), (source) =>
    withFile(openSync(to, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, PRIVATE_FILE), (copy) => {
      const piece = new Uint8Array(Math.min(most, PIECE_BYTES));
      const { size } = fstatSync(source);
      for (let at = Math.max(0, size - most); at < size; ) {
        const taken = readSync(source, piece, 0, piece.length, at);
        if (taken === 0) return;
        writeSync(copy, piece, 0, taken);
        at += taken;
      }
    }),
  );
}
