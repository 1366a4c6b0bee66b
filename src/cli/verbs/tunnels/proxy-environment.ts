import type { ProxyCredentials } from "../../../net/proxy/proxy-request.ts";
import type { Environment } from "../../../platform/environment.ts";

/** What the programs of this machine reach without a tunnel. */
const NEVER_PROXIED = ["localhost", "127.0.0.1", "::1"];

/** The tunnel's proxy as a program is to use it. */
export interface TunnelProxy {
  readonly name: string;
  /** `host:port`. */
  readonly socks: string;
  /** What its SOCKS5 listener asks for; undefined where it asks for nothing. */
  readonly credentials?: ProxyCredentials | undefined;
}

/**
 * The environment of a program that is to go through a tunnel: the variables that curl, git, Python, Go and Node read,
 * and those by which Argus finds its proxy: WIREPROXY_BIND_ADDRESS and WIREPROXY_BLIND_BIND. All lead to the SOCKS5
 * listener: wireproxy's `[http]` answers 405 to a POST.
 */
export function buildProxyEnvironment(
  environment: Environment,
  tunnel: TunnelProxy,
): Record<string, string | undefined> {
  const socks = reachable(tunnel.socks);
  const url = `socks5h://${userInfo(tunnel.credentials)}${socks}`;
  return {
    ...environment,
    ...inBothCases("ALL_PROXY", url),
    ...inBothCases("HTTP_PROXY", url),
    ...inBothCases("HTTPS_PROXY", url),
    ...inBothCases("NO_PROXY", exceptions(environment)),
    ...HEED_PROXIES,
    WIREPROXY_BIND_ADDRESS: socks,
    WIREPROXY_BLIND_BIND: "true",
    WPDAEMON_TUNNEL: tunnel.name,
  };
}

/**
 * Has Node's fetch and http, from version 24 on, heed the variables. Measured with 24.21: it refuses to start for a URL
 * of SOCKS5, which is better than to go out directly without a word.
 */
const HEED_PROXIES = { NODE_USE_ENV_PROXY: "1" } as const;

/** RFC 3986, section 3.2.1: all but unreserved characters are percent-encoded. */
function userInfo(credentials: ProxyCredentials | undefined): string {
  if (credentials === undefined) return "";
  return `${encode(credentials.username)}:${encode(credentials.password)}@`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
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
