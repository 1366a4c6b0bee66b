import { closeSync } from "node:fs";
import { contain } from "../containment.ts";
import { libc } from "../libc.ts";
import { readDescriptorLimit } from "../process/descriptor-limit.ts";
import { startTimer } from "../timers.ts";
import { listDescriptors, readAddress } from "./own-sockets.ts";
import { keepLittleUnread } from "./socket-buffers.ts";

// Bun's HTTP server tells of a request, and of no connection before one has come. Who connects and says nothing costs a
// descriptor all the same, and a process without a free one answers nobody. So this file looks at the descriptors
// themselves.

/** A listening port whose connections are counted. */
export interface Door {
  readonly port: () => number | undefined;
  /** Connections that it may have; beyond that the oldest unproven ones are closed, and then the oldest of all. */
  readonly most: number;
  /** Unproven ones that a single address may have; where it is left out, as many as all. */
  readonly mostOfOne?: number;
  /** Its clients send requests, and no streams: the system is to keep little of each unread. */
  readonly takesRequests: boolean;
  /** Addresses of the clients that have shown that they are right ones, as `host:port` or `[host]:port`. */
  readonly proven: () => ReadonlySet<string>;
  /** Connections were closed. */
  readonly onCrowd: (closed: number) => void;
}

/** Between two looks, in milliseconds. */
const LOOK_MS = 1_000;
/** Where so much of all descriptors is taken, a crowd would keep everybody out before the next look: it comes at once. */
const URGENT_PART = 0.4;
const URGENT_MS = 20;
/** A look may take so much of the time. */
const LOOKING_PART = 0.05;
/** Fewer open descriptors than this are no crowd, for any door. */
const FEW = 64;

/** What the loop watch calls these looks. */
const PART = "door watch";

const doors = new Set<Door>();
/** When each connection was first seen, by its door and its peer. */
let firstSeen = new Map<string, number>();
let timer: ReturnType<typeof setTimeout> | undefined;
/** When the timer fires, and when the next look may come at the earliest; of `performance.now()`. */
let due = 0;
let earliest = 0;
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
  if (!isListening) process.on("SIGIO", contain(PART, lookSoon));
  isListening = true;
  let isSet = false;
  for (const descriptor of listDescriptors()) {
    if (readAddress(libc().getsockname, descriptor)?.port !== door.port()) continue;
    if (readAddress(libc().getpeername, descriptor) !== undefined) continue;
    if (door.takesRequests) keepLittleUnread(descriptor);
    isSet =
      libc().fcntl(descriptor, SET_OWNER, process.pid) === 0 &&
      libc().fcntl(descriptor, SET_FLAGS, NONBLOCKING | ASYNC) === 0;
  }
  return isSet;
}

function lookSoon(): void {
  if (doors.size === 0) return;
  const now = performance.now();
  const at = lowestFree() < readDescriptorLimit() * URGENT_PART ? now + LOOK_MS : Math.max(now, earliest);
  if (timer !== undefined && due <= at) return;
  clearTimeout(timer);
  due = at;
  timer = startTimer(PART, at - now, () => {
    timer = undefined;
    const began = performance.now();
    // A look that fails is made again.
    let isDue = true;
    try {
      isDue = look() || isAlwaysLooking;
    } finally {
      earliest = performance.now() + Math.max(URGENT_MS, (performance.now() - began) / LOOKING_PART);
      if (isDue) lookSoon();
    }
  });
  timer.unref();
}

/** The lowest free descriptor tells whether few are open; Infinity where none is free. */
function lowestFree(): number {
  const free = libc().dup(0);
  if (free < 0) return Number.POSITIVE_INFINITY;
  closeSync(free);
  return free;
}

/** @returns whether there may be a crowd. */
function look(): boolean {
  if (lowestFree() < FEW && !isCrowded) return false;
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
    const crowd = chooseExcess(door, connections);
    if (crowd.size === 0) continue;
    // The runtime reads the end of the stream, and closes the connection as it closes any.
    for (const { descriptor } of crowd) libc().shutdown(descriptor, BOTH_WAYS);
    door.onCrowd(crowd.size);
  }
}

function chooseExcess(door: Door, connections: readonly Connection[]): ReadonlySet<Connection> {
  const excess = new Set<Connection>();
  if (connections.length <= Math.min(door.most, door.mostOfOne ?? door.most)) return excess;
  const proven = door.proven();
  const inOrder = connections.toSorted((one, other) => one.since - other.since);
  const [unproven, known] = [false, true].map((is) => inOrder.filter(({ address }) => proven.has(address) === is));
  for (const ofOne of Map.groupBy(unproven ?? [], ({ address }) => address.replace(/:\d+$/, "")).values())
    takeOldest(ofOne, door.mostOfOne ?? ofOne.length);
  takeOldest(
    [...(unproven ?? []), ...(known ?? [])].filter((one) => !excess.has(one)),
    door.most,
  );
  return excess;

  function takeOldest(some: readonly Connection[], most: number): void {
    for (const one of some.slice(0, Math.max(0, some.length - most))) excess.add(one);
  }
}

/** SHUT_RDWR of shutdown(2). */
const BOTH_WAYS = 2;
