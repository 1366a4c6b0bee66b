import { libc } from "../libc.ts";

/** RLIMIT_NOFILE. */
const OPEN_FILES = process.platform === "linux" ? 7 : 8;

/** A server that accepts fewer is of no use, whatever the limit. */
const FEWEST = 16;

/**
 * What each kind of connection may take: at most so many, and no greater part of the descriptors that this process may have
 * open. The parts amount to less than the whole, so that each kind has descriptors of its own, and some are left for files
 * and children. Whoever serves LinkSocks (`links`) serves neither lines nor events.
 */
const SHARES = {
  /** Clients of the line protocol. */
  line: { most: 1_024, part: 0.15 },
  /** Connections to the event stream. */
  stream: { most: 4_096, part: 0.15 },
  /** Connections to the control API's TCP port. */
  control: { most: 256, part: 0.05 },
  /** Connections to a LinkSocks server. */
  links: { most: 16_384, part: 0.3 },
  /** Clients of all SOCKS ports of LinkSocks together. */
  socks: { most: 16_384, part: 0.2 },
  /** Targets of all LinkSocks peers together, and UDP sockets. */
  targets: { most: 16_384, part: 0.3 },
  /** Connections to endpoints, each of which has another one to its far side. */
  endpoints: { most: 16_384, part: 0.06 },
} as const;

export type Share = keyof typeof SHARES;

/**
 * How many connections of a kind this process may hold. A process without a free descriptor can do nothing, and its
 * listening sockets keep a processor busy.
 */
export function affordableConnections(share: Share): number {
  const { most, part } = SHARES[share];
  return Math.max(FEWEST, Math.min(most, Math.floor(readDescriptorLimit() * part)));
}

/** How many files and sockets this process may have open at once; Infinity where the system does not say. */
export function readDescriptorLimit(): number {
  known ??= askDescriptorLimit();
  return known;
}

/** The runtime raises it once, at its start. */
let known: number | undefined;

function askDescriptorLimit(): number {
  const limits = new BigUint64Array(2);
  return libc().getrlimit(OPEN_FILES, limits) === 0 ? Number(limits[0]) : Number.POSITIVE_INFINITY;
}

let taken = 0;

/**
 * Takes descriptors of the share of targets and UDP sockets.
 * @returns what gives them back, to be called once; undefined where there are no more.
 */
export function takeTargets(count: number): (() => void) | undefined {
  if (taken + count > affordableConnections("targets")) return undefined;
  taken += count;
  return () => {
    taken -= count;
  };
}
