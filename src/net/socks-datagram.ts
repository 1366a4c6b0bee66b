import type { HostAndPort } from "./host-and-port.ts";
import { decodeSocksAddress, encodeSocksHost } from "./socks-address.ts";

/** A datagram of a SOCKS5 association: where it goes or came from, and what it holds. RFC 1928 section 7. */
export interface SocksDatagram {
  readonly address: HostAndPort;
  readonly body: Uint8Array;
}

const RESERVED_AND_FRAGMENT_BYTES = 3;

/** @returns undefined for what is no datagram of SOCKS5, and for a fragment: RFC 1928 allows to drop those. */
export function decodeSocksDatagram(bytes: Buffer): SocksDatagram | undefined {
  if (bytes.length < RESERVED_AND_FRAGMENT_BYTES || bytes[2] !== 0) return undefined;
  const address = decodeSocksAddress(bytes.subarray(RESERVED_AND_FRAGMENT_BYTES));
  if (typeof address === "string") return undefined;
  const { host, port, byteLength } = address;
  return { address: { host, port }, body: bytes.subarray(RESERVED_AND_FRAGMENT_BYTES + byteLength) };
}

/** @throws Error for a name beyond 255 bytes. */
export function encodeSocksDatagram({ address, body }: SocksDatagram): Uint8Array {
  const head = [0, 0, 0, ...encodeSocksHost(address.host), address.port >> 8, address.port & 0xff];
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}
