import { parseAddressRange } from "../../net/address-range.ts";

/**
 * Where a client comes from, for logs and limits: what proxies that the user trusts say of it, otherwise the address of its
 * connection. Section 3.5; Go trusts the headers of everybody.
 * @param trusted addresses and CIDR ranges of those proxies.
 */
export function findClientAddress(connection: string, headers: Headers, trusted: readonly string[]): string {
  const ranges = trusted.flatMap((text) => parseAddressRange(text) ?? []);
  const isTrusted = (address: string) => ranges.some((range) => range.contains(address));
  if (!isTrusted(connection)) return connection;
  const named = headers.get("cf-connecting-ip")?.trim();
  if (named) return named;
  // Each proxy appends whom it heard from: the last that we do not trust is the client.
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").map((hop) => hop.trim());
  return hops.findLast((hop) => hop !== "" && !isTrusted(hop)) ?? connection;
}
