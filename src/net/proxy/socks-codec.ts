import { formatIPv6, isIPv4, isIPv6 } from "../../platform/network/ip-address.ts";
import { decodeUtf8 } from "../../platform/plain-text.ts";
import type { HostAndPort } from "../host-and-port.ts";

export const SOCKS_VERSION = 5;

/** Ways to authenticate, RFC 1928 section 3. */
export const SOCKS_METHOD = { none: 0, password: 2, notAcceptable: 0xff } as const;

/** RFC 1929 section 2. */
export const SOCKS_PASSWORD_VERSION = 1;

/** RFC 1928 section 4. */
export const SOCKS_COMMAND = { connect: 1, udpAssociate: 3 } as const;

/** Types of address, RFC 1928 section 5. */
export const SOCKS_ADDRESS_TYPE = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** Reply codes, RFC 1928 section 6. */
export const SOCKS_REPLY = {
  succeeded: 0,
  generalFailure: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  connectionRefused: 5,
  timedOut: 6,
  commandNotSupported: 7,
  addressTypeNotSupported: 8,
} as const;

/** What a reply other than success says, RFC 1928 section 6. */
export const SOCKS_REFUSALS: { readonly [reply: number]: string } = {
  [SOCKS_REPLY.generalFailure]: "general failure",
  [SOCKS_REPLY.notAllowed]: "not allowed",
  [SOCKS_REPLY.networkUnreachable]: "network is unreachable",
  [SOCKS_REPLY.hostUnreachable]: "no route to host",
  [SOCKS_REPLY.connectionRefused]: "connection refused",
  [SOCKS_REPLY.timedOut]: "timed out",
  [SOCKS_REPLY.commandNotSupported]: "command not supported",
  [SOCKS_REPLY.addressTypeNotSupported]: "address type not supported",
};

export type SocksReplyCode = (typeof SOCKS_REPLY)[keyof typeof SOCKS_REPLY];

/** A reply of a proxy. @param bound where it listens for the client; 0.0.0.0:0 where the client need not know. */
export function encodeSocksReply(code: SocksReplyCode, bound: HostAndPort = { host: "0.0.0.0", port: 0 }): Uint8Array {
  return new Uint8Array([SOCKS_VERSION, code, 0, ...encodeSocksAddress(bound)]);
}

/** The type of address, the address and the port. @throws Error for a name beyond 255 bytes. */
export function encodeSocksAddress({ host, port }: HostAndPort): readonly number[] {
  return [...encodeSocksHost(host), port >> 8, port & 0xff];
}

/**
 * The type of address and its bytes; everything but an IPv4 or IPv6 address is a name, one with a zone as well, for
 * which SOCKS has no place. @throws Error beyond 255 bytes.
 */
function encodeSocksHost(host: string): readonly number[] {
  if (isIPv4(host)) return [SOCKS_ADDRESS_TYPE.ipv4, ...encodeIP(host)];
  if (isIPv6(host) && !host.includes("%")) return [SOCKS_ADDRESS_TYPE.ipv6, ...encodeIP(host)];
  return [SOCKS_ADDRESS_TYPE.name, ...encodeSocksText(host)];
}

/** The 4 or 16 bytes of an IP address without a zone. */
export function encodeIP(address: string): readonly number[] {
  return address.includes(":") ? encodeIPv6(address) : address.split(".").map(Number);
}

/** A length of one byte, and the text. @throws Error beyond 255 bytes. */
export function encodeSocksText(text: string): readonly number[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > 255) throw new Error("a text of SOCKS5 has at most 255 bytes");
  return [bytes.length, ...bytes];
}

/** A destination and the number of bytes that it took; `port` 0 to 65535. */
interface SocksAddress {
  readonly host: string;
  readonly port: number;
  readonly byteLength: number;
}

/**
 * The type, the address and the port at the start of `bytes`. IPv6 comes as in RFC 5952, a name as it was given.
 * @returns "short" where bytes are missing, "unknown" for a type that there is not, "invalid" for a name that is not
 * UTF-8:
 *   its text would be longer than its bytes, and could not be encoded again.
 */
export function decodeSocksAddress(bytes: Buffer): SocksAddress | "short" | "unknown" | "invalid" {
  const [type, nameLength = 0] = bytes;
  if (type === undefined) return "short";
  switch (type) {
    case SOCKS_ADDRESS_TYPE.ipv4:
      return read(bytes, 1, 4, (host) => host.join("."));
    case SOCKS_ADDRESS_TYPE.ipv6:
      return read(bytes, 1, 16, formatIPv6);
    case SOCKS_ADDRESS_TYPE.name:
      return bytes.length < 2 ? "short" : read(bytes, 2, nameLength, decodeUtf8);
    default:
      return "unknown";
  }
}

function read(bytes: Buffer, start: number, length: number, toHost: (host: Buffer) => string | undefined) {
  const end = start + length;
  if (bytes.length < end + 2) return "short";
  const host = toHost(bytes.subarray(start, end));
  return host === undefined ? "invalid" : { host, port: bytes.readUInt16BE(end), byteLength: end + 2 };
}

function encodeIPv6(address: string): readonly number[] {
  const [head = "", tail = ""] = address.split("::");
  const before = encodeGroups(head);
  const after = encodeGroups(tail);
  return [...before, ...new Array<number>(16 - before.length - after.length).fill(0), ...after];
}

function encodeGroups(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** A datagram of a SOCKS5 association: where it goes or came from, and what it holds. RFC 1928 section 7. */
interface SocksDatagram {
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
  return Buffer.concat([new Uint8Array([0, 0, 0, ...encodeSocksAddress(address)]), body]);
}
