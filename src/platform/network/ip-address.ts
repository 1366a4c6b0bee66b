// Not node's: `node:net` brings the whole of sockets with it, 1.7 MB that a daemon would keep for three questions.

/** A dotted quad, without leading zeros. */
export function isIPv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** An IPv6 address without brackets; its zone (`%eth0`) may follow. */
export function isIPv6(text: string): boolean {
  const address = /^([\da-f:.]+)(?:%[\da-z.:-]+)?$/i.exec(text)?.[1] ?? "";
  const [head = "", tail, ...more] = address.split("::");
  if (tail === undefined) return countGroups(head, true) === 8;
  return more.length === 0 && countGroups(head, false) + countGroups(tail, true) < 8;
}

/** An address of either kind. */
export function isIP(text: string): boolean {
  return isIPv4(text) || isIPv6(text);
}

/** `::ffff:192.0.2.1`, as a socket of both families calls an IPv4 address, without its prefix; all else as it is. */
export function unmapIPv4(address: string): string {
  const inner = /^::ffff:(.*)$/i.exec(address)?.[1] ?? "";
  return isIPv4(inner) ? inner : address;
}

/** The 16 bytes of an IPv6 address as Bun writes it, RFC 5952. */
export function formatIPv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.subarray(2 * index, 2 * index + 2).toHex());
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** Groups of 16 bits; a dotted quad, which only the end may be, is two. NaN where one is none. */
function countGroups(text: string, isEnd: boolean): number {
  if (text === "") return 0;
  const groups = text.split(":");
  const sizes = groups.map((group, index) => {
    if (/^[\da-f]{1,4}$/i.test(group)) return 1;
    return isEnd && index === groups.length - 1 && isIPv4(group) ? 2 : Number.NaN;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}
