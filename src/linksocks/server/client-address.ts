import { withinRanges } from "../../net/address-range.ts";
import { parseHostAndPort } from "../../net/host-and-port.ts";
import { isIP } from "../../platform/network/ip-address.ts";

/**
 * Where a client comes from, for logs and limits: what proxies that the user trusts say of it, otherwise the address of
 * its connection. Go trusts the headers of everybody. Such a proxy has to set both headers, or to strip those that its
 * own clients send.
 * @param trusted addresses and CIDR ranges of those proxies.
 */
export function findClientAddress(connection: string, headers: Headers, trusted: readonly string[]): string {
  const isTrusted = withinRanges(...trusted);
  if (!isTrusted(connection)) return connection;
  const named = headers.get("cf-connecting-ip")?.trim() ?? "";
  return isIP(named) ? named : followHops(connection, headers.get("x-forwarded-for") ?? "", isTrusted);
}

/** Each proxy appends whom it heard from; left of the first that we do not trust, anybody may have written anything. */
function followHops(connection: string, forwardedFor: string, isTrusted: (address: string) => boolean): string {
  let address = connection;
  for (const hop of forwardedFor.split(",").toReversed()) {
    // Some proxies tell the port as well: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
    const text = hop.trim();
    const host = parseHostAndPort(text, 0)?.host ?? text;
    if (!isIP(host)) return address;
    address = host;
    if (!isTrusted(address)) return address;
  }
  return address;
}
