import { libc } from "../libc.ts";

/** RLIMIT_NOFILE. */
const OPEN_FILES = process.platform === "linux" ? 7 : 8;

/** A door for fewer is of no use, whatever the limit. */
const FEWEST = 16;

/**
 * How many connections a door may hold so that this process can go on to open files, and the other doors theirs: a process
 * without a free descriptor can do nothing, and its listening sockets keep a processor busy.
 * @param most what the door would hold on a machine without limits.
 * @param share what part of all that this process may have open.
 */
export function affordableConnections(most: number, share: number): number {
  return Math.max(FEWEST, Math.min(most, Math.floor(readDescriptorLimit() * share)));
}

/** How many files and sockets this process may have open at once; Infinity where nobody tells. */
function readDescriptorLimit(): number {
  const limits = new BigUint64Array(2);
  return libc().getrlimit(OPEN_FILES, limits) === 0 ? Number(limits[0]) : Number.POSITIVE_INFINITY;
}
