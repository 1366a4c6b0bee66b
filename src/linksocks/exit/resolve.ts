import { isIP } from "../../platform/network/ip-address.ts";

/** A target that cannot be reached. Its message goes over the wire, so it is short and names no secret. */
export class DialError extends Error {}

/** More addresses of a name are not tried. */
const MOST_ADDRESSES = 8;

/**
 * The addresses of a host, as the system's resolver has them and orders them (RFC 6724); of an address, itself.
 * @throws DialError `host not found`.
 */
export async function resolveHost(host: string): Promise<readonly string[]> {
  if (isIP(host)) return [host];
  const found = await Bun.dns.lookup(host, { backend: "system" }).catch((cause) => {
    throw new DialError("host not found", { cause });
  });
  if (found.length === 0) throw new DialError("host not found");
  return [...new Set(found.map(({ address }) => address))].slice(0, MOST_ADDRESSES);
}
