import type { TunnelEntry } from "../../../api/control/schemas.ts";
import type { Environment } from "../../../platform/environment.ts";

/** What the programs of this machine reach without a tunnel. */
const NEVER_PROXIED = ["localhost", "127.0.0.1", "::1"];

/**
 * The environment of a program that is to go through a tunnel: the variables that curl, git, Python, Go and Node read,
 * and those by which Argus finds its proxy: WIREPROXY_BIND_ADDRESS and WIREPROXY_BLIND_BIND.
 * @param socks `host:port`, as `http`, which is null where the tunnel has no HTTP proxy.
 */
export function buildProxyEnvironment(
  environment: Environment,
  tunnel: Pick<TunnelEntry, "name" | "http"> & { readonly socks: string },
): Record<string, string | undefined> {
  const socks = reachable(tunnel.socks);
  const all = `socks5h://${socks}`;
  const http = tunnel.http === null ? all : `http://${reachable(tunnel.http)}`;
  return {
    ...environment,
    ...inBothCases("ALL_PROXY", all),
    ...inBothCases("HTTP_PROXY", http),
    ...inBothCases("HTTPS_PROXY", http),
    ...inBothCases("NO_PROXY", exceptions(environment)),
    WIREPROXY_BIND_ADDRESS: socks,
    WIREPROXY_BLIND_BIND: "true",
    WPDAEMON_TUNNEL: tunnel.name,
  };
}

/** A listener on every address is reached on loopback. */
function reachable(address: string): string {
  return address.replace(/^(0\.0\.0\.0)?:(?=\d+$)/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
}

/** Some programs read the names in upper case, others in lower case. */
function inBothCases(name: string, value: string): Record<string, string> {
  return { [name]: value, [name.toLowerCase()]: value };
}

/** The user's own come along, but for `*`, which would turn the tunnel off. */
function exceptions({ NO_PROXY, no_proxy }: Environment): string {
  const own = `${NO_PROXY ?? ""},${no_proxy ?? ""}`.split(",").map((entry) => entry.trim());
  const wanted = own.filter((entry) => entry !== "" && entry !== "*");
  return [...new Set([...NEVER_PROXIED, ...wanted])].join(",");
}
