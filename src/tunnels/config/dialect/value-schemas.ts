import * as v from "valibot";
import { parseHostAndPort } from "../../../net/host-and-port.ts";
import { isIP } from "../../../platform/network/ip-address.ts";

// Each schema takes the text of a value. Its messages continue a sentence that begins with the key's name, and never
// repeat the text.

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

export const pathSchema = v.pipe(v.string(), v.nonEmpty("is empty"));

/** One of Go's spellings of a truth value, letter case ignored. */
export const switchSchema = v.pipe(
  v.string(),
  v.transform((text) => SWITCHES.get(text.toLowerCase())),
  v.boolean("is neither true nor false"),
);

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["t", true],
  ["1", true],
  ["false", false],
  ["f", false],
  ["0", false],
]);

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
