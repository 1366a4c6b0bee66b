import { parseHostAndPort } from "../../../net/host-and-port.ts";
import type { ProxyCredentials } from "../../../net/proxy/proxy-request.ts";
import type { Environment } from "../../../platform/environment.ts";
import { Failure } from "../../../platform/failure.ts";

/** What the programs of this machine reach without a tunnel. */
const NEVER_PROXIED = ["localhost", "127.0.0.1", "::1"];

/** One of a tunnel's proxies. */
interface Proxy {
  /** `host:port`. */
  readonly address: string;
  /** What it asks for; undefined where it asks for nothing. */
  readonly credentials?: ProxyCredentials | undefined;
}

/** The tunnel's proxies as a program is to use them. */
export interface TunnelProxies {
  readonly name: string;
  readonly socks: Proxy;
  /** Undefined where there is none. */
  readonly http?: Proxy | undefined;
  /** It takes CONNECT and GET alone, as wireproxy's `[http]` does. */
  readonly isHttpPartial?: boolean;
}

/**
 * The variables that lead a program through a tunnel: those that curl, git, Python, Go and Node read, and those by which
 * Argus finds its proxy: WIREPROXY_BIND_ADDRESS and WIREPROXY_BLIND_BIND. More programs know HTTP proxies than SOCKS5.
 * @param environment the program's own: its exceptions come along.
 */
export function buildProxyVariables(environment: Environment, tunnel: TunnelProxies): Record<string, string> {
  const { name, socks, http, isHttpPartial } = tunnel;
  const socksUrl = urlOf("socks5h", socks);
  const httpUrl = http === undefined ? socksUrl : urlOf("http", http);
  return {
    ...inBothCases("ALL_PROXY", socksUrl),
    // A CONNECT is all that https needs.
    ...inBothCases("HTTP_PROXY", isHttpPartial === true ? socksUrl : httpUrl),
    ...inBothCases("HTTPS_PROXY", httpUrl),
    ...inBothCases("NO_PROXY", exceptions(environment)),
    // Has Node's fetch and http, from version 24 on, heed the variables.
    NODE_USE_ENV_PROXY: "1",
    WIREPROXY_BIND_ADDRESS: reachable(socks.address),
    WIREPROXY_BLIND_BIND: "true",
    WPDAEMON_TUNNEL: name,
  };
}

/** Where a proxy is to be reached. @throws Failure `internal` for what is no address. */
export function addressOf({ address }: Proxy): { readonly hostname: string; readonly port: number } {
  const found = parseHostAndPort(reachable(address));
  if (found === undefined) throw new Failure("internal", `${address} is no address`);
  return { hostname: found.host, port: found.port };
}

function urlOf(scheme: "socks5h" | "http", { address, credentials }: Proxy): string {
  return `${scheme}://${userInfo(credentials)}${reachable(address)}`;
}

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
