import { formatHostAndPort, type HostAndPort, parseHostAndPort } from "../../host-and-port.ts";
import type { ConnectRequest, ForwardRequest } from "../proxy-request.ts";
import {
  type Field,
  HttpFault,
  listOf,
  NO_BODY,
  parseFields,
  passOn,
  readFraming,
  valuesOf,
  writeHead,
} from "./fields.ts";

const METHOD_AND_TARGET = /^([!#$%&'*+\-.^_`|~\w]{1,64}) ([!-~]+) HTTP\/1\.([01])$/;
const HTTP_PORT = 80;

/** A request of a client of the proxy, and what it shows to be let in. */
export interface ParsedRequest {
  readonly request: ConnectRequest | ForwardRequest;
  /** Of `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/** @param lines of its head. @throws HttpFault where it is not taken. */
export function parseRequest(lines: readonly string[]): ParsedRequest {
  // An empty line before a request is overlooked, RFC 9112 section 2.2.
  const [first = "", ...rest] = lines[0] === "" ? lines.slice(1) : lines;
  const [, method, target, minor] = METHOD_AND_TARGET.exec(first) ?? [];
  if (method === undefined || target === undefined) throw new HttpFault("the request line is malformed");
  const fields = parseFields(rest);
  const isOld = minor === "0";
  const hosts = valuesOf(fields, "host");
  if (hosts.length > 1 || (hosts.length === 0 && !isOld)) throw new HttpFault("there is no Host, or more than one");
  const [authorization, ...others] = valuesOf(fields, "proxy-authorization");
  if (others.length > 0) throw new HttpFault("there is more than one Proxy-Authorization");
  const request = method === "CONNECT" ? readConnect(target, fields) : readAbsolute(method, target, fields, isOld);
  return { request, authorization };
}

/** RFC 9110 section 9.3.6. The `Host` of a CONNECT decides nothing, and clients differ over its port. */
function readConnect(authority: string, fields: readonly Field[]): ConnectRequest {
  if ((readFraming(fields) ?? NO_BODY).kind !== "length") throw new HttpFault("a CONNECT has no body");
  if (valuesOf(fields, "content-length").some((length) => Number(length) > 0))
    throw new HttpFault("a CONNECT has no body");
  return { command: "connect", protocol: "http", target: parseAuthority(authority) };
}

function readAbsolute(method: string, url: string, fields: readonly Field[], isOld: boolean): ForwardRequest {
  const [, scheme, authority = "", path = ""] = /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)([^#]*)$/i.exec(url) ?? [];
  if (scheme === undefined) throw new HttpFault("this is a proxy: the request has to name a whole URL, http://…");
  if (scheme.toLowerCase() !== "http")
    throw new HttpFault("only http:// is passed on; everything else goes through CONNECT");
  const target = parseAuthority(authority, HTTP_PORT);
  for (const host of valuesOf(fields, "host"))
    if (!isSame(parseAuthority(host, HTTP_PORT), target)) throw new HttpFault("Host and the URL name different hosts");
  const framing = readFraming(fields);
  if (isOld && framing?.kind === "chunked") throw new HttpFault("HTTP/1.0 has no Transfer-Encoding");
  const options = [...listOf(fields, "connection"), ...listOf(fields, "proxy-connection")];
  const upgrades = !isOld && options.includes("upgrade") && valuesOf(fields, "upgrade").length > 0;
  const keepsAlive = !isOld && !options.includes("close");
  const passed = passOn(fields).filter(({ name }) => name !== "host");
  const upgrade = upgrades ? fields.filter(({ name }) => name === "upgrade") : [];
  const connection = upgrades ? "Upgrade" : keepsAlive ? undefined : "close";
  const head = writeHead(`${method} ${pathOf(method, path)} HTTP/1.${isOld ? 0 : 1}`, [
    `Host: ${formatHostAndPort(target).replace(/:80$/, "")}`,
    ...[...passed, ...upgrade].map(({ line }) => line),
    ...(connection === undefined ? [] : [`Connection: ${connection}`]),
  ]);
  const body = framing ?? NO_BODY;
  return { command: "forward", protocol: "http", target, method, head, body, isOld, keepsAlive, upgrades };
}

/** An `OPTIONS` without a path is about the host as a whole, RFC 9112 section 3.2.4. */
function pathOf(method: string, path: string): string {
  if (path === "" && method === "OPTIONS") return "*";
  return path.startsWith("/") ? path : `/${path}`;
}

/** @throws HttpFault for what no host and port is; a user name before the host is not taken either. */
function parseAuthority(text: string, defaultPort?: number): HostAndPort {
  const found = parseHostAndPort(text, defaultPort);
  if (found === undefined || found.port === 0) throw new HttpFault("the host or its port is malformed");
  const isRight = found.host.includes(":") ? /^[\da-f:.]{2,45}$/i.test(found.host) : /^[\w.-]{1,255}$/.test(found.host);
  if (!isRight) throw new HttpFault("the host or its port is malformed");
  return found;
}

function isSame(one: HostAndPort, other: HostAndPort): boolean {
  return one.host.toLowerCase() === other.host.toLowerCase() && one.port === other.port;
}
