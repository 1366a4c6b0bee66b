import { isIP } from "../platform/network/ip-address.ts";
import { encodeIP } from "./proxy/socks-codec.ts";

/**
 * A single address or a range in CIDR notation, RFC 4632; undefined where `text` is neither. IPv4 within IPv6
 * (`::ffff:1.2.3.4`) counts as IPv4, and no name is contained.
 */
export function parseAddressRange(text: string) {
  const [, address = "", prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const start = toBytes(address);
  if (start === undefined) return undefined;
  const bits = prefix === undefined ? start.length * 8 : Number(prefix);
  if (bits > start.length * 8) return undefined;
  return {
    contains(host: string): boolean {
      const bytes = toBytes(host);
      return (
        bytes?.length === start.length && bytes.every((byte, index) => agree(byte, start[index], bits - index * 8))
      );
    },
  };
}

/** Whether two bytes are the same in their first `bits`, which may be none or more than there are. */
function agree(one: number, other = 0, bits: number): boolean {
  return bits <= 0 || (one ^ other) >> Math.max(8 - bits, 0) === 0;
}

function toBytes(host: string): readonly number[] | undefined {
  if (!isIP(host)) return undefined;
  const bytes = encodeIP(host.replace(/%.*/, ""));
  return isWithinIPv6(bytes) ? bytes.slice(12) : bytes;
}

function isWithinIPv6(bytes: readonly number[]): boolean {
  return bytes.length === 16 && bytes.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 0xff));
}
