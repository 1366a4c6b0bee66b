import { isIP } from "../platform/network/ip-address.ts";
import { encodeIP } from "./proxy/socks-codec.ts";

/** One address, or a range of them. */
export type AddressRange = NonNullable<ReturnType<typeof parseAddressRange>>;

/**
 * A single address or a range in CIDR notation, RFC 4632; undefined where `text` is neither. IPv4 within IPv6
 * (`::ffff:1.2.3.4`) counts as IPv4, and no name is contained.
 */
export function parseAddressRange(text: string) {
  const [, address = "", prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const start = toAddressBytes(address);
  if (start === undefined) return undefined;
  const bits = prefix === undefined ? start.length * 8 : Number(prefix);
  if (bits > start.length * 8) return undefined;
  const holds = (bytes: readonly number[] | undefined): boolean =>
    bytes?.length === start.length && bytes.every((byte, index) => agree(byte, start[index], bits - index * 8));
  return {
    /** How many leading bits of an address of 128 are given; those of IPv4 count as the end of such a one. */
    width: bits + 128 - start.length * 8,
    contains: (host: string): boolean => holds(toAddressBytes(host)),
    /** As `contains`, of an address that is asked of many ranges. @param bytes of `toAddressBytes`. */
    holds,
  };
}

/** Whether an address is in one of several ranges. @param texts of `parseAddressRange`; what is no range does not count. */
export function withinRanges(...texts: readonly string[]): (host: string) => boolean {
  const ranges = texts.flatMap((text) => parseAddressRange(text) ?? []);
  return (host) => {
    const bytes = toAddressBytes(host);
    return ranges.some((range) => range.holds(bytes));
  };
}

/** Whether only this machine reaches a host. A name other than localhost may stand for any address. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || isLoopbackAddress(host);
}

const isLoopbackAddress = withinRanges("127.0.0.0/8", "::1");

/**
 * The IPv4 address within an IPv6 address that a translator or a tunnel leads to: RFC 4291 section 2.5.5, RFC 6052
 * section 2.1, RFC 3056 section 2. Undefined for every other address.
 */
export function findEmbeddedIPv4(host: string): string | undefined {
  const bytes = toAddressBytes(host);
  if (bytes?.length !== 16) return undefined;
  const carrier = EMBEDDING.find(({ range }) => range?.holds(bytes));
  return carrier === undefined ? undefined : bytes.slice(carrier.at, carrier.at + 4).join(".");
}

/** Ranges whose addresses hold one of IPv4, and at which byte. */
const EMBEDDING = [
  { range: parseAddressRange("::/96"), at: 12 },
  { range: parseAddressRange("64:ff9b::/96"), at: 12 },
  { range: parseAddressRange("2002::/16"), at: 2 },
];

/** Whether two bytes are the same in their first `bits`, which may be none or more than there are. */
function agree(one: number, other = 0, bits: number): boolean {
  return bits <= 0 || (one ^ other) >> Math.max(8 - bits, 0) === 0;
}

/** The 4 or 16 bytes of an address, IPv4 within IPv6 as IPv4; undefined for a name. */
export function toAddressBytes(host: string): readonly number[] | undefined {
  if (!isIP(host)) return undefined;
  const bytes = encodeIP(host.replace(/%.*/, ""));
  return isWithinIPv6(bytes) ? bytes.slice(12) : bytes;
}

function isWithinIPv6(bytes: readonly number[]): boolean {
  return bytes.length === 16 && bytes.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 0xff));
}
