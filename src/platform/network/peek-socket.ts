import { libc } from "../libc.ts";

/** recv(2). */
const MSG_PEEK = 2;
const MSG_DONTWAIT = process.platform === "linux" ? 0x40 : 0x80;

/** Descriptors are given out from below. Who comes and goes at once is not found, and each call costs 0.1 µs. */
const MOST_DESCRIPTORS = 4_096;

const ADDRESS_BYTES = 28;

/**
 * Looks into what a connection has received and nobody has read. The runtime does not tell a connection's descriptor: it
 * is found by the address at its far end.
 * @param address the far end's bytes, 4 or 16 of them. @returns undefined where the connection is not found.
 */
export function peekSocket({ address, port }: { readonly address: readonly number[]; readonly port: number }) {
  const name = new Uint8Array(ADDRESS_BYTES);
  const length = new Uint32Array(1);
  const descriptor = find();
  if (descriptor === undefined) return undefined;
  return {
    /** Copies what waits into `buffer`. @returns the number of bytes; undefined where the far end has gone. */
    peek(buffer: Uint8Array): number | undefined {
      if (!isThisOne(descriptor)) return undefined;
      const count = Number(libc().recv(descriptor, buffer, buffer.length, MSG_PEEK | MSG_DONTWAIT));
      return count === 0 ? undefined : Math.max(0, count);
    },
  };

  function find(): number | undefined {
    for (let candidate = 0; candidate < MOST_DESCRIPTORS; candidate += 1) if (isThisOne(candidate)) return candidate;
    return undefined;
  }

  /** A sockaddr: the port stands at 2, an IPv4 address at 4, one of IPv6 at 8. */
  function isThisOne(candidate: number): boolean {
    length[0] = ADDRESS_BYTES;
    if (libc().getpeername(candidate, name, length) !== 0) return false;
    if (((name[2] ?? 0) << 8) + (name[3] ?? 0) !== port) return false;
    const isIPv6 = length[0] === ADDRESS_BYTES;
    const start = isIPv6 ? 8 + 16 - address.length : 4;
    return address.every((byte, index) => name[start + index] === byte);
  }
}
