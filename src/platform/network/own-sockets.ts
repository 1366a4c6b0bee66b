import { readdirSync } from "node:fs";
import { libc } from "../libc.ts";
import { formatIPv6 } from "./ip-address.ts";

/** Descriptors that are looked at where they cannot be listed, because none is left to do it with. */
const MOST_DESCRIPTORS = 65_536;

/** The open descriptors of this process, and perhaps some that are none. */
export function listDescriptors(): readonly number[] {
  try {
    return readdirSync("/dev/fd").map(Number);
  } catch {
    return Array.from({ length: MOST_DESCRIPTORS }, (_, descriptor) => descriptor);
  }
}

/** The sockets of this process that listen at `address`, written as `readAddress` does. */
export function findListeners(address: string): readonly number[] {
  return listDescriptors().filter((descriptor) => {
    const own = readAddress(libc().getsockname, descriptor);
    // A connection has a peer besides.
    return own?.address === address && readAddress(libc().getpeername, descriptor) === undefined;
  });
}

const INET = 2;
const INET6 = process.platform === "linux" ? 10 : 30;

/** `struct sockaddr_in6` is the longest that is of interest: 28 bytes. */
const address = new Uint8Array(64);
const length = new Uint32Array(1);

/**
 * One end of a TCP socket, as `host:port` or `[host]:port`; undefined for what is none.
 * @param ask getsockname for this process's end, getpeername for the other.
 */
export function readAddress(
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
  // What listens on `::` has IPv4 clients within IPv6.
  const isMapped =
    family === INET6 && view.getUint32(8) === 0 && view.getUint32(12) === 0 && view.getUint32(16) === 0xffff;
  if (isMapped) return { address: `${address.subarray(20, 24).join(".")}:${port}`, port };
  if (family === INET6) return { address: `[${formatIPv6(address.subarray(8, 24))}]:${port}`, port };
  return undefined;
}
