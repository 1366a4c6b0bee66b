import { type AddressRange, parseAddressRange } from "./address-range.ts";

/** What one rule about destinations means. */
export interface DestinationRule {
  /** Addresses; undefined where the rule names a host. */
  readonly range: AddressRange | undefined;
  /** In lower case; `*` is every host; empty where the rule has a range. */
  readonly name: string;
  /** Undefined: every port. */
  readonly port: number | undefined;
  /** Of two rules that fit, the narrower one counts. */
  readonly narrowness: number;
}

/** Narrower than every range: the host is named. */
const NAME_WIDTH = 129;

/**
 * Reads `CIDR`, `ADDRESS`, `NAME` or `*`, each with `:PORT` behind it or not; an IPv6 address or range with a port stands
 * in brackets. Undefined for anything else.
 */
export function parseDestinationRule(text: string): DestinationRule | undefined {
  const given = text.trim().toLowerCase();
  const whole = readHost(given.replace(/^\[(.*)\]$/, "$1"), undefined);
  if (whole !== undefined) return whole;
  const [, inner, plain = "", digits = ""] = /^(?:\[([^[\]]*)\]|([^[\]]*)):(\d{1,5})$/.exec(given) ?? [];
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? readHost(inner ?? plain, port) : undefined;
}

function readHost(host: string, port: number | undefined): DestinationRule | undefined {
  const range = parseAddressRange(host);
  if (range === undefined && !/^(?:\*|[\w-]+(?:\.[\w-]+)*\.?)$/.test(host)) return undefined;
  const name = range === undefined ? host.replace(/\.$/, "") : "";
  const width = range === undefined ? (name === "*" ? -1 : NAME_WIDTH) : range.width;
  return { range, name, port, narrowness: 2 * width + (port === undefined ? 0 : 1) };
}
