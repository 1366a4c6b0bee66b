import { Failure } from "../platform/failure.ts";
import { isIP } from "../platform/network/ip-address.ts";
import type { Protocol } from "./endpoint.ts";

/** What the URL of an endpoint says. */
export interface EndpointAddress {
  /** `scheme://host:port`, the host in lower case, the port always there. */
  readonly url: string;
  readonly protocol: Protocol;
  readonly hostname: string;
  readonly port: number;
}

/** A plain TCP endpoint has no port of its own. */
const DEFAULT_PORTS: { readonly [protocol in Protocol]: number | undefined } = {
  http: 80,
  https: 443,
  tls: 443,
  tcp: undefined,
};

const LONGEST_NAME = 253;

/**
 * Reads the URL of an endpoint; what stands beside its host and port is left out.
 * @throws Failure `usage` that says what is wrong with it.
 */
export function parseEndpointUrl(text: string): EndpointAddress {
  const protocol = findProtocol(text);
  // With a scheme that URL does not know, a port stays as it is written, and the host too.
  const url = URL.parse(`endpoint:${text.slice(protocol.length + 1)}`);
  if (url === null) throw unusable(text, "it is no URL");
  const port = url.port === "" ? DEFAULT_PORTS[protocol] : Number(url.port);
  if (port === undefined) throw unusable(text, `${protocol} needs a port`);
  return makeEndpointAddress(protocol, url.hostname, port);
}

/**
 * The same from its parts. A name with `*` is none: the hosts file has no room for all that it stands for.
 * @throws Failure `usage`.
 */
export function makeEndpointAddress(protocol: Protocol, host: string, port: number): EndpointAddress {
  const hostname = host.toLowerCase().replace(/\.$/, "");
  const url = `${protocol}://${hostname}:${port}`;
  if (hostname === "") throw unusable(url, "it has no host");
  if (hostname.startsWith("[") || isIP(hostname)) throw unusable(url, "its host is an address, where a name is needed");
  if (hostname.includes("*")) throw unusable(url, "a name with * would need a DNS server");
  if (!isHostname(hostname)) throw unusable(url, `"${hostname}" is no host name`);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw unusable(url, "its port is not in 1 to 65535");
  return { url, protocol, hostname, port };
}

/** A name of letters, digits, `-` and `_`, in labels of up to 63 that neither begin nor end with `-` (RFC 1123 section 2.1). */
export function isHostname(text: string): boolean {
  return (
    text.length <= LONGEST_NAME &&
    text.split(".").every((label) => /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/i.test(label))
  );
}

function findProtocol(text: string): Protocol {
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw unusable(text, "it has no scheme");
  if (!isProtocol(scheme))
    throw unusable(text, `the scheme ${scheme} is none of ${Object.keys(DEFAULT_PORTS).join(", ")}`);
  return scheme;
}

/** Whether a word is one of the protocols. */
export function isProtocol(word: string): word is Protocol {
  return Object.hasOwn(DEFAULT_PORTS, word);
}

function unusable(url: string, why: string): Failure {
  return new Failure("usage", `${url.slice(0, 300)} cannot be an endpoint: ${why}`);
}
