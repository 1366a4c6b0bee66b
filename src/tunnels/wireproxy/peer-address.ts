import { isIP } from "../../platform/network/ip-address.ts";

/**
 * Whether none of the peers' names stands for the address in use any more. wireproxy resolves a name once, when it starts.
 * @param hosts names or addresses, as the config has them.
 * @param endpoint `ip:port` in use; null where none is known.
 */
export async function hasPeerMoved(hosts: readonly string[], endpoint: string | null): Promise<boolean> {
  const used = /^\[?(.+?)\]?:\d+$/.exec(endpoint ?? "")?.[1];
  const names = hosts.filter((host) => !isIP(host));
  if (used === undefined || names.length === 0 || hosts.includes(used)) return false;
  const answers = await Promise.all(names.map((name) => Bun.dns.lookup(name).catch(() => [])));
  // Without any answer the resolver is out of reach like the peer: that says nothing.
  return answers.every((found) => found.length > 0) && !answers.flat().some(({ address }) => address === used);
}
