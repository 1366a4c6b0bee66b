import { closeSync, readFileSync, readlinkSync } from "node:fs";
import { attemptOr, Failure } from "../failure.ts";
import { duplicateDescriptor, keepOverExec, libc, openLibrary } from "../libc.ts";
import { findListeners, listDescriptors, readAddress } from "./own-sockets.ts";

// Bun's HTTP server neither tells the descriptor of its listening socket nor takes one that is inherited: it ignores `fd`.
// So its descriptor is found by its address; and a server that is to go on with an inherited socket begins on a port of
// its own, and has that socket put under its descriptor. What it keeps of it, the number alone, then stands for the
// inherited one, once the system's event queue (epoll, which forgets a socket with its last descriptor) knows it too.

/**
 * Second descriptors of the sockets that an HTTP server of this process listens with, which another process may inherit;
 * the caller closes them. Elsewhere than on Linux there are none: nobody could take them over.
 * @param addresses as `127.0.0.1:80` or `[::1]:80`.
 * @throws Failure `file-unusable` (no descriptor is left).
 */
export function lendListeners(addresses: readonly string[]): readonly number[] {
  if (process.platform !== "linux") return [];
  return addresses.flatMap((address) => findListeners(address).slice(0, 1).map(duplicateDescriptor));
}

/** Which of the inherited sockets listens on that host, and on that port unless it is 0. */
export function findInherited(inherited: readonly number[], hostname: string, port: number): number | undefined {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return inherited.find((descriptor) => {
    const own = readAddress(libc().getsockname, descriptor);
    return own !== undefined && own.address === `${host}:${own.port}` && (port === 0 || own.port === port);
  });
}

/**
 * Has the HTTP server that listens at `address` accept on the socket `inherited` instead, whose descriptor stays the
 * caller's. @throws Failure `platform-unsupported` where the system does not let it.
 */
export function moveListener(address: string, inherited: number): void {
  const [descriptor] = findListeners(address);
  const queue = descriptor === undefined ? undefined : findQueue(descriptor);
  if (descriptor === undefined || queue === undefined) throw refused(address);
  if (libc().dup2(inherited, descriptor) !== descriptor) throw refused(address);
  keepOverExec(descriptor, false);
  const { epoll_ctl } = openLibrary({ epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" } });
  if (epoll_ctl(queue.descriptor, ADD, descriptor, writeEvent(queue)) !== 0) throw refused(address);
}

/** EPOLL_CTL_ADD of epoll_ctl(2). */
const ADD = 1;

interface QueueEntry {
  /** Of the queue. */
  readonly descriptor: number;
  readonly events: number;
  /** What the queue's owner wants to be told with an event. */
  readonly data: bigint;
}

/** The event queue that watches a descriptor, and how: proc(5), /proc/pid/fdinfo. */
function findQueue(watched: number): QueueEntry | undefined {
  const entry = new RegExp(`^tfd: +${watched} events: +([0-9a-f]+) data: +([0-9a-f]+)`, "m");
  for (const descriptor of listDescriptors()) {
    const kind = attemptOr("", () => readlinkSync(`/proc/self/fd/${descriptor}`));
    if (kind !== "anon_inode:[eventpoll]") continue;
    const [, events, data] = entry.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8")) ?? [];
    if (events !== undefined) return { descriptor, events: Number.parseInt(events, 16), data: BigInt(`0x${data}`) };
  }
  return undefined;
}

/** `struct epoll_event` of epoll_ctl(2), which has no gap between its two members on x86-64 alone. */
function writeEvent({ events, data }: QueueEntry): Uint8Array {
  const isPacked = process.arch === "x64";
  const event = new DataView(new ArrayBuffer(isPacked ? 12 : 16));
  event.setUint32(0, events, true);
  event.setBigUint64(isPacked ? 4 : 8, data, true);
  return new Uint8Array(event.buffer);
}

function refused(address: string): Failure {
  return new Failure("platform-unsupported", `the system does not let an inherited socket listen at ${address}`);
}

/** Ends the signals that crowded-doors.ts asks for: they would end a program that does not expect them yet. */
export function silenceSockets(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) libc().fcntl(descriptor, SET_FLAGS, NONBLOCKING);
}

/** From fcntl(2) and <asm-generic/fcntl.h>. */
const [SET_FLAGS, NONBLOCKING] = [4, 0o4000];

/** Closes descriptors that were lent or inherited. */
export function closeSockets(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) attemptOr(undefined, () => closeSync(descriptor));
}
