import { copyFileSync, lstatSync, truncateSync } from "node:fs";
import { startInterval } from "../../platform/timers.ts";

/** A session log is cut at this size, its former content kept once as `<log>.1`. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

/** How often a running tunnel's log is measured: seldom, because each look wakes an idle machine. */
const INTERVAL_MS = 5 * 60 * 1000;

/**
 * Keeps the log of a running child bounded. The child holds the descriptor, opened for appending, so the file is copied
 * and truncated in place; lines written between the two are lost.
 */
export function limitLog(path: string, limitBytes = LOG_LIMIT_BYTES, intervalMs = INTERVAL_MS): { stop(): void } {
  const timer = startInterval("session logs", intervalMs, () => cutIfTooLong(path, limitBytes));
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** Cuts the log where it exceeds the limit. A fault (file gone, disk full) leaves it for the next look. */
export function cutIfTooLong(path: string, limitBytes: number): void {
  try {
    // A link is small: what it leads to is never cut.
    if (lstatSync(path).size <= limitBytes) return;
    copyFileSync(path, `${path}.1`);
  } catch {
    // Where the disk has no room for the copy, cutting matters even more.
  }
  try {
    if (lstatSync(path).size > limitBytes) truncateSync(path, 0);
  } catch {
    // Gone: nothing to bound.
  }
}
