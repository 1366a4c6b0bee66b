import { closeSync, readdirSync } from "node:fs";
import { libc } from "../libc.ts";

// Bun's HTTP server tells of a request, and of no connection before one has come. Who connects and says nothing costs a
// descriptor all the same, and a process without a free one answers nobody. So this file looks at the descriptors
// themselves.

/** A listening port whose connections are counted. */
export interface Door {
  readonly port: () => number | undefined;
  /** Connections that it may have; beyond that the oldest unproven ones are closed, and then the oldest of all. */
  readonly most: number;
  /** Addresses of the clients that have shown that they are right ones, as `host:port` or `[host]:port`. */
  readonly proven: () => ReadonlySet<string>;
  /** Connections were closed. */
  readonly onCrowd: (closed: number) => void;
}

/** Between two looks, in milliseconds: about as long as a crowd can keep others out. */
const LOOK_MS = 1_000;
/** Fewer open descriptors than this are no crowd, for any door. */
const FEW = 64;
/** Descriptors that are looked at where they cannot be listed, because none is left to do it with. */
const MOST_DESCRIPTORS = 65_536;

const doors = new Set<Door>();
/** When each connection was first seen, by its door and its peer. */
let firstSeen = new Map<string, number>();
let timer: ReturnType<typeof setTimeout> | undefined;
let isListening = false;
let isAlwaysLooking = false;
let round = 0;
let isCrowded = false;

/** Watches a door, which listens already, until the function that it gives is called. */
export function watchDoor(door: Door): () => void {
  doors.add(door);
  if (!ringFor(door)) isAlwaysLooking = true;
  lookSoon();
  return () => void doors.delete(door);
}

/** From fcntl(2) and <asm-generic/fcntl.h>. */
const [SET_FLAGS, SET_OWNER, NONBLOCKING, ASYNC] = [4, 8, 0o4000, 0o20000];

/**
 * Has the system send SIGIO when somebody connects, so that an idle daemon need not look, which would cost it memory.
 * @returns whether it can do so.
 */
function ringFor(door: Door): boolean {
  if (process.platform !== "linux") return false;
  // Without a handler, the signal would end the process; so the handler stays.
  if (!isListening) process.on("SIGIO", lookSoon);
  isListening = true;
  let isSet = false;
  for (const descriptor of listDescriptors()) {
    if (readAddress(libc().getsockname, descriptor)?.port !== door.port()) continue;
    if (readAddress(libc().getpeername, descriptor) !== undefined) continue;
    isSet =
      libc().fcntl(descriptor, SET_OWNER, process.pid) === 0 &&
      libc().fcntl(descriptor, SET_FLAGS, NONBLOCKING | ASYNC) === 0;
  }
  return isSet;
}

function lookSoon(): void {
  if (timer !== undefined || doors.size === 0) return;
  timer = setTimeout(() => {
    timer = undefined;
    if (look() || isAlwaysLooking) lookSoon();
  }, LOOK_MS);
  timer.unref();
}

/** The lowest free descriptor tells whether few are open. @returns whether there may be a crowd. */
function look(): boolean {
  const free = libc().dup(0);
  if (free >= 0) closeSync(free);
  if (free >= 0 && free < FEW && !isCrowded) return false;
  const descriptors = listDescriptors();
  isCrowded = descriptors.length >= FEW;
  thinOut(descriptors);
  return isCrowded;
}

interface Connection {
  readonly descriptor: number;
  readonly address: string;
  readonly since: number;
}

function thinOut(descriptors: readonly number[]): void {
  round += 1;
  const byPort = new Map([...doors].map((door) => [door.port(), { door, connections: [] as Connection[] }]));
  const seen = new Map<string, number>();
  for (const descriptor of descriptors) {
    const own = readAddress(libc().getsockname, descriptor);
    const at = own && byPort.get(own.port);
    if (own === undefined || at === undefined) continue;
    // A listening socket has no peer.
    const peer = readAddress(libc().getpeername, descriptor);
    if (peer === undefined) continue;
    const key = `${own.port} ${peer.address}`;
    const since = firstSeen.get(key) ?? round;
    seen.set(key, since);
    at.connections.push({ descriptor, address: peer.address, since });
  }
  firstSeen = seen;
  for (const { door, connections } of byPort.values()) {
    const excess = connections.length - door.most;
    if (excess <= 0) continue;
    const proven = door.proven();
    const order = connections.toSorted(
      (one, other) => Number(proven.has(one.address)) - Number(proven.has(other.address)) || one.since - other.since,
    );
    // The runtime reads the end of the stream, and closes the connection as it closes any.
    for (const { descriptor } of order.slice(0, excess)) libc().shutdown(descriptor, BOTH_WAYS);
    door.onCrowd(excess);
  }
}

/** SHUT_RDWR of shutdown(2). */
const BOTH_WAYS = 2;

function listDescriptors(): readonly number[] {
  try {
    return readdirSync("/dev/fd").map(Number);
  } catch {
    return Array.from({ length: MOST_DESCRIPTORS }, (_, descriptor) => descriptor);
  }
}

const INET = 2;
const INET6 = process.platform === "linux" ? 10 : 30;

/** `struct sockaddr_in6` is the longest that is of interest: 28 bytes. */
const address = new Uint8Array(64);
const length = new Uint32Array(1);

/** Undefined for what is no TCP connection of this process. */
function readAddress(
  ask: (descriptor: number, address: Uint8Array, length: Uint32Array) => number,
  descriptor: number,
): { readonly address: string; readonly port: number } | undefined {
  length[0] = address.length;
  if (ask(descriptor, address, length) !== 0) return undefined;
  // On Linux the family has two bytes, in the machine's order; on macOS the first byte is the length.
  const family = process.platform === "linux" ? address[0] : address[1];
  const view = new DataView(address.buffer);
  const port = view.getUint16(2);
  if (family === INET) return { address: `${address.subarray(4, 8).join(".")}:${port}`, port };
  if (family === INET6) return { address: `[${formatAddress6(view)}]:${port}`, port };
  return undefined;
}

/** As Bun writes the two that matter: `::1`, and IPv4 within IPv6; any other in full. */
function formatAddress6(view: DataView): string {
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(8 + 2 * index).toString(16)).join(":");
  return groups === "0:0:0:0:0:0:0:1" ? "::1" : groups;
}
