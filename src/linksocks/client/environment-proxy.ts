import { isLoopback, parseAddressRange } from "../../net/address-range.ts";
import { hostOfUrl, parseHostAndPort } from "../../net/host-and-port.ts";
import type { Environment } from "../../platform/environment.ts";
import { Failure } from "../../platform/failure.ts";

/**
 * The proxy that the environment names for a server, as a URL for Bun's WebSocket; undefined where it is reached
 * directly. The rule is that of Go's programs: `HTTP_PROXY` for ws, `HTTPS_PROXY` for wss, but for loopback and what
 * `NO_PROXY` lists; a variable in lower case counts where the other is empty.
 * @throws Failure `usage` for a proxy that is none of HTTP, whose text it does not show.
 */
export function findEnvironmentProxy(server: URL, environment: Environment): string | undefined {
  const name = server.protocol === "wss:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = read(environment, name);
  if (proxy === "" || isReachedDirectly(server, read(environment, "NO_PROXY"))) return undefined;
  const url = URL.parse(proxy.includes("://") ? proxy : `http://${proxy}`);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href;
  const what = url === null ? "is not a URL" : `names a proxy of the kind ${url.protocol.slice(0, -1)}`;
  throw new Failure("usage", `the environment's ${name} ${what}, through which no WebSocket can be opened`, {
    hint: `set ${name} to http://host:port, list the server in NO_PROXY, or have the environment's proxies ignored`,
  });
}

function read(environment: Environment, name: string): string {
  return environment[name] || environment[name.toLowerCase()] || "";
}

function isReachedDirectly(server: URL, exceptions: string): boolean {
  const host = hostOfUrl(server).toLowerCase();
  if (isLoopback(host)) return true;
  const port = Number(server.port) || (server.protocol === "wss:" ? 443 : 80);
  const entries = exceptions.split(",").map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => entry !== "" && matches(entry, host, port));
}

/**
 * One entry: `*`, an address, a range, or a name with all below it (`.name` and `*.name`: only those); all but ranges
 * may have a port.
 */
function matches(entry: string, host: string, port: number): boolean {
  if (entry === "*") return true;
  const range = parseAddressRange(entry);
  if (range !== undefined) return range.contains(host);
  const wanted = parseHostAndPort(entry, port);
  if (wanted?.port !== port) return false;
  const address = parseAddressRange(wanted.host);
  if (address !== undefined) return address.contains(host);
  const suffix = wanted.host.replace(/^\*(?=\.)/, "");
  if (suffix === "") return false;
  return suffix.startsWith(".") ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}
