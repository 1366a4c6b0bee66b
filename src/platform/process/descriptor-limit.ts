import { libc } from "../libc.ts";

/** RLIMIT_NOFILE. */
const OPEN_FILES = process.platform === "linux" ? 7 : 8;

/** A server that accepts fewer is of no use, whatever the limit. */
const FEWEST = 16;

/**
 * How many connections a server may hold so that descriptors are left for files and for the other servers. A process without
 * a free descriptor can do nothing, and its listening sockets keep a processor busy.
 * @param most how many the server would hold on a machine without limits.
 * @param share what part of all that this process may have open.
 */
export function affordableConnections(most: number, share: number): number {
  return Math.max(FEWEST, Math.min(most, Math.floor(readDescriptorLimit() * share)));
}

/** How many files and sockets this process may have open at once; Infinity where the system does not say. */
function readDescriptorLimit(): number {
  const limits = new BigUint64Array(2);
  return libc().getrlimit(OPEN_FILES, limits) === 0 ? Number(limits[0]) : Number.POSITIVE_INFINITY;
}
