import { closeSync } from "node:fs";
import { letGo } from "../containment.ts";
import { attemptOr } from "../failure.ts";
import { readTextIfThere, withFile } from "../files/files.ts";
import { libc } from "../libc.ts";
import { startTimer } from "../timers.ts";
import { onAbort, pause } from "../waiting.ts";
import { isIPv6 } from "./ip-address.ts";
import { createChangeReader } from "./network-messages.ts";

/** Changes come in bursts: a link that comes up brings a dozen messages. */
const MERGE_MS = 200;
/** After so many sockets in a row that failed without a message, the system counts as one that gives none. */
const MOST_FAILURES = 3;
const COMPARE_EVERY_MS = 5_000;

/** What the loop watch calls it. */
const PART = "network watch";

/**
 * Calls `onChange` when this machine's links, addresses or routes have changed: once for a burst of changes, 200 ms after
 * its first. The system reports changes (rtnetlink(7) on Linux, route(4) on macOS), so that a quiet network costs no
 * wake-up; where it does not, addresses and routes are compared every 5 s. It never throws.
 */
export function watchNetwork(onChange: () => void): { stop(): void } {
  const ended = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watching = listenToSystem(changed, ended.signal).then(() => compareAgainAndAgain(changed, ended.signal));
  letGo(PART, watching);

  return {
    stop() {
      ended.abort();
      clearTimeout(timer);
    },
  };

  function changed(): void {
    if (ended.signal.aborted) return;
    timer ??= startTimer(PART, MERGE_MS, () => {
      timer = undefined;
      onChange();
    });
  }
}

/**
 * Whether this machine has a route to an IP address now; no packet is sent. What cannot be decided (a name, an address with
 * a zone, a machine without a C library) counts as reachable.
 */
export function isReachable(host: string, port: number): boolean {
  return attemptOr(true, () => {
    const address = socketAddress(host, port);
    if (address === undefined) return true;
    // connect(2) of a UDP socket finds the route, and does nothing else.
    const socket = libc().socket(isIPv6(host) ? AF_INET6 : AF_INET, SOCK_DGRAM | CLOSE_ON_EXEC, 0);
    return socket !== -1 && withFile(socket, () => libc().connect(socket, address, address.length) === 0);
  });
}

const IS_LINUX = process.platform === "linux";
const AF_INET = 2;
const AF_INET6 = IS_LINUX ? 10 : 30;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
/** macOS knows no such flag; what Bun starts there inherits nothing that it was not given. */
const CLOSE_ON_EXEC = IS_LINUX ? 0o2000000 : 0;
const NON_BLOCKING = IS_LINUX ? 0o4000 : 0;

/** `sockaddr_in` or `sockaddr_in6`; undefined where `host` is no plain address. */
function socketAddress(host: string, port: number): Uint8Array | undefined {
  const [family, length, at] = isIPv6(host) ? ([AF_INET6, 28, 8] as const) : ([AF_INET, 16, 4] as const);
  const bytes = new Uint8Array(length);
  if (libc().inet_pton(family, host, bytes.subarray(at)) !== 1) return undefined;
  writeFamily(bytes, family);
  new DataView(bytes.buffer).setUint16(2, port);
  return bytes;
}

/** Linux begins an address with two bytes of its family, macOS with its length and one byte of the family. */
function writeFamily(address: Uint8Array, family: number): void {
  address.set(IS_LINUX ? [family, 0] : [address.length, family]);
}

/** Resolves when the signal aborts, or where the system reports no changes. */
async function listenToSystem(changed: () => void, signal: AbortSignal): Promise<void> {
  const isChange = createChangeReader();
  for (let failures = 0; failures < MOST_FAILURES && !signal.aborted; failures += 1) {
    const reader = openNews();
    if (reader === undefined) return;
    using _ = onAbort(signal, () => reader.cancel().catch(() => {}));
    try {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        failures = 0;
        if (isChange(piece.value)) changed();
      }
    } catch {
      // A burst beyond the socket's buffer (ENOBUFS): what it held is lost, so all may have changed.
    }
    await pause(MERGE_MS, signal);
    changed();
  }
}

/** Bun reads a socket by its stream without a thread or a wake-up of its own; `Bun.connect` would wake up every second. */
function openNews() {
  let socket = -1;
  try {
    socket = IS_LINUX ? openNetlinkSocket() : libc().socket(PF_ROUTE, SOCK_RAW, 0);
    return socket === -1 ? undefined : Bun.file(socket).stream().getReader();
  } catch {
    return undefined;
  } finally {
    // The reader has a copy of the descriptor, which it closes at its end.
    if (socket !== -1) closeSync(socket);
  }
}

const PF_ROUTE = 17;
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
/** RTMGRP_LINK, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE. */
const NEWS_GROUPS = 0x001 | 0x010 | 0x040 | 0x100 | 0x400;

/** @returns -1 where the system gives none. */
function openNetlinkSocket(): number {
  const socket = libc().socket(AF_NETLINK, SOCK_RAW | CLOSE_ON_EXEC | NON_BLOCKING, NETLINK_ROUTE);
  const address = new Uint8Array(12);
  writeFamily(address, AF_NETLINK);
  new DataView(address.buffer).setUint32(8, NEWS_GROUPS, true);
  if (socket === -1 || libc().bind(socket, address, address.length) === 0) return socket;
  closeSync(socket);
  return -1;
}

async function compareAgainAndAgain(changed: () => void, signal: AbortSignal): Promise<void> {
  for (let before: string | undefined; !signal.aborted; await pause(COMPARE_EVERY_MS, signal)) {
    const now = await readNetwork();
    if (before !== undefined && before !== now) changed();
    before = now;
  }
}

/** All that can be had without the sockets: on macOS the addresses alone. */
async function readNetwork(): Promise<string> {
  try {
    if (IS_LINUX) return ["/proc/net/route", "/proc/net/if_inet6"].map(readTextIfThere).join("\n");
    const { networkInterfaces } = await import("node:os");
    return JSON.stringify(networkInterfaces());
  } catch {
    return "";
  }
}
