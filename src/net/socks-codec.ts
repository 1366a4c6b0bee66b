import { isIPv4, isIPv6 } from "../platform/network/ip-address.ts";
import type { HostAndPort } from "./host-and-port.ts";

/** Types of address, RFC 1928 section 5. */
export const ADDRESS_TYPE = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** The type of address and its bytes; everything but an IPv4 or IPv6 address is a name. @throws Error beyond 255 bytes. */
export function encodeSocksHost(host: string): readonly number[] {
  if (isIPv4(host)) return [ADDRESS_TYPE.ipv4, ...host.split(".").map(Number)];
  return isIPv6(host) ? [ADDRESS_TYPE.ipv6, ...encodeIPv6(host)] : [ADDRESS_TYPE.name, ...encodeSocksText(host)];
}

/** A length of one byte, and the text. @throws Error beyond 255 bytes. */
export function encodeSocksText(text: string): readonly number[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > 255) throw new Error("a text of SOCKS5 has at most 255 bytes");
  return [bytes.length, ...bytes];
}

/** A destination and the number of bytes that it took; `port` 0 to 65535. */
export interface SocksAddress {
  readonly host: string;
  readonly port: number;
  readonly byteLength: number;
}

/**
 * The type, the address and the port at the start of `bytes`. IPv6 comes as in RFC 5952, a name as it was given.
 * @returns "short" where bytes are missing, "unknown" for a type that there is not, "invalid" for a name that is not UTF-8:
 *   its text would be longer than its bytes, and could not be encoded again.
 */
export function decodeSocksAddress(bytes: Buffer): SocksAddress | "short" | "unknown" | "invalid" {
  const [type, nameLength = 0] = bytes;
  if (type === undefined) return "short";
  switch (type) {
    case ADDRESS_TYPE.ipv4:
      return read(bytes, 1, 4, (host) => host.join("."));
    case ADDRESS_TYPE.ipv6:
      return read(bytes, 1, 16, decodeIPv6);
    case ADDRESS_TYPE.name:
      return bytes.length < 2 ? "short" : readName(bytes, nameLength);
    default:
      return "unknown";
  }
}

function readName(bytes: Buffer, length: number): SocksAddress | "short" | "invalid" {
  try {
    return read(bytes, 2, length, (name) => STRICT_UTF8.decode(name));
  } catch {
    return "invalid";
  }
}

const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function read(bytes: Buffer, start: number, length: number, toHost: (host: Buffer) => string): SocksAddress | "short" {
  const end = start + length;
  if (bytes.length < end + 2) return "short";
  return { host: toHost(bytes.subarray(start, end)), port: bytes.readUInt16BE(end), byteLength: end + 2 };
}

function decodeIPv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

function encodeIPv6(address: string): readonly number[] {
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail = ""] = groups.split("::");
  const before = splitGroups(head);
  const after = splitGroups(tail);
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

function splitGroups(text: string): readonly number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

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
