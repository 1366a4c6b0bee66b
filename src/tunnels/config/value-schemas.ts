import * as v from "valibot";
import { parseHostAndPort } from "../../net/host-and-port.ts";
import { isIP, isIPv6 } from "../../platform/network/ip-address.ts";

// Each schema takes the text of a value. Its messages continue a sentence that begins with the key's name, and never
// repeat the text.

/** Base64 of 32 bytes, as a key of WireGuard is written; the output is its SHA-256 in hex. */
export const secretKeySchema = v.pipe(
  v.string(),
  v.transform(decodeKey),
  v.instance(Uint8Array, "is not a WireGuard key: base64 of 32 bytes"),
  v.transform((key) => new Bun.CryptoHasher("sha256").update(key).digest("hex")),
);

/** The same, kept as written: a public key is no secret. */
export const publicKeySchema = v.pipe(
  v.string(),
  v.check((text) => decodeKey(text) !== undefined, "is not a WireGuard key: base64 of 32 bytes"),
);

/** A secret of which only its presence matters. */
export const presenceSchema = v.pipe(
  v.string(),
  v.transform((text) => text !== ""),
);

export const addressesSchema = listSchema(
  (item) => isIP(item) || isPrefix(item),
  "holds something that is neither an IP address nor one with a prefix length",
);

export const ipListSchema = listSchema((item) => isIP(item), "holds something that is not an IP address");

export const prefixListSchema = listSchema(
  (item) => !item.includes("%") && isPrefix(item),
  "holds something that is not an IP address with a prefix length",
);

/** `host:port`, the port a number; the host may be empty, which means every address of the machine. */
export const bindAddressSchema = v.pipe(
  v.string(),
  v.transform((text) => parseHostAndPort(text)),
  v.object({ host: v.string(), port: v.number() }, "is not host:port, with the port a number of at most 65535"),
  v.check(({ port }) => port > 0, "has port 0, which no program could find"),
  v.check(({ host }) => host === "" || isHost(host), "has a host that is neither an IP address nor a name"),
  v.transform(({ host, port }) => ({ host: host === "" ? "0.0.0.0" : host, port })),
);

/** `host:port` of a far end; its host in lower case, as wireproxy takes it. */
export const farAddressSchema = v.pipe(
  v.string(),
  v.transform((text) => parseHostAndPort(text)),
  v.object({ host: v.string(), port: v.number() }, "is not host:port, with the port a number of at most 65535"),
  v.check(({ port }) => port > 0, "has port 0, where nobody can answer"),
  v.check(({ host }) => isHost(host), "has a host that is neither an IP address nor a name"),
  v.transform(({ host, port }) => ({ host: host.toLowerCase(), port })),
);

/** A whole number in one of Go's spellings: `1420`, `0x58c`, `1_420`. */
export function wholeNumberSchema(least: number, most: number) {
  const message = `is not a whole number from ${least} to ${most}`;
  return v.pipe(
    v.string(),
    v.transform(readWholeNumber),
    v.number(message),
    v.minValue(least, message),
    v.maxValue(most, message),
  );
}

export const strategySchema = v.picklist(["auto", "ipv4", "ipv6"], "is not one of auto, ipv4 and ipv6, in lower case");

export const pathSchema = v.pipe(v.string(), v.nonEmpty("is empty"));

/** A comma list; empty items do not count. */
function listSchema(isItem: (item: string) => boolean, message: string) {
  return v.pipe(
    v.string(),
    v.transform((text) =>
      text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    ),
    v.check((items) => items.every(isItem), message),
  );
}

/** Standard base64 with its padding; line breaks between the digits do not count, as in Go. */
function decodeKey(text: string): Uint8Array | undefined {
  const digits = text.replace(/[\r\n]/g, "");
  return /^[A-Za-z0-9+/]{43}=$/.test(digits) ? Uint8Array.fromBase64(digits) : undefined;
}

function isPrefix(text: string): boolean {
  const slash = text.lastIndexOf("/");
  const [address, bits] = [text.slice(0, slash), text.slice(slash + 1)];
  if (slash === -1 || !isIP(address) || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return false;
  return Number(bits) <= (isIPv6(address) ? 128 : 32);
}

function isHost(host: string): boolean {
  return isIP(host) || /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})$/.test(host);
}

/** As strconv.ParseInt with base 0: the prefixes 0x, 0o and 0b, a bare 0 for octal, and `_` between digits. */
function readWholeNumber(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[+-]/, "").toLowerCase();
  for (const [pattern, base] of NUMBER_FORMS) {
    const body = pattern.exec(digits)?.[1];
    if (body !== undefined) return sign * Number.parseInt(body.replaceAll("_", ""), base);
  }
  return undefined;
}

const NUMBER_FORMS: readonly (readonly [RegExp, number])[] = [
  [/^0x((?:_?[0-9a-f])+)$/, 16],
  [/^0b((?:_?[01])+)$/, 2],
  [/^0o?((?:_?[0-7])+)$/, 8],
  [/^(0|[1-9](?:_?[0-9])*)$/, 10],
];
