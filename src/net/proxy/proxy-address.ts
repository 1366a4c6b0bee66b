import { Failure } from "../../platform/failure.ts";
import { type HostAndPort, hostOfUrl } from "../host-and-port.ts";

/** A proxy that connections are made through. */
export interface ProxyAddress extends HostAndPort {
  readonly kind: "socks5" | "http";
  /** Empty where none is given. */
  readonly username: string;
  readonly password: string;
}

/** A proxy does not do what it is asked for; the message says what it does, in a few words without a secret. */
export class ProxyError extends Error {
  /** The code by which a SOCKS5 proxy has refused. */
  readonly reply: number | undefined;

  constructor(message: string, reply?: number) {
    super(message);
    this.reply = reply;
  }
}

const KINDS: { readonly [scheme: string]: Pick<ProxyAddress, "kind" | "port"> } = {
  socks5: { kind: "socks5", port: 1080 },
  http: { kind: "http", port: 8080 },
  // The proxy itself is spoken to without TLS, as the Go program does.
  https: { kind: "http", port: 8080 },
};
const HINT = "write socks5://[user:password@]host[:1080] or http://[user:password@]host[:8080]";
const ENCODING_HINT = `${HINT}, with %40 for @, %2F for / and so on within the user and the password`;

/** RFC 1929 has one byte for the length. */
const CREDENTIAL_BYTES = 255;

/**
 * The upstream proxy as the user writes it, docs/protocols/linksocks.md#upstream-proxies; undefined for an empty text.
 * @throws Failure `usage`, which shows nothing of the text but its scheme.
 */
export function parseProxyAddress(text: string): ProxyAddress | undefined {
  const given = text.trim();
  if (given === "") return undefined;
  const [, scheme = "", rest = ""] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/is.exec(given) ?? [];
  if (scheme === "") throw new Failure("usage", "the upstream proxy has no scheme", { hint: HINT });
  const known = KINDS[scheme.toLowerCase()];
  if (known === undefined) {
    throw new Failure("usage", `the upstream proxy's scheme ${scheme} is not supported`, { hint: HINT });
  }
  // Parsed with another scheme: the URL of http drops the port 80, which is not our default.
  const url = URL.parse(`socks5://${rest}`);
  const host = url === null ? "" : hostOfUrl(url);
  if (url === null || !/^[\w.:-]+$/.test(host) || url.port === "0") {
    throw new Failure("usage", "the upstream proxy's host or port is not valid", { hint: ENCODING_HINT });
  }
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") {
    throw new Failure("usage", "the upstream proxy has something behind its host and port", { hint: ENCODING_HINT });
  }
  return {
    kind: known.kind,
    host,
    port: url.port === "" ? known.port : Number(url.port),
    username: decodeCredential(url.username),
    password: decodeCredential(url.password),
  };
}

function decodeCredential(encoded: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(encoded);
  } catch {
    const hint = "write %25 for a percent sign";
    throw new Failure("usage", "the upstream proxy's user or password is not percent-encoded", { hint });
  }
  if (Buffer.byteLength(decoded) > CREDENTIAL_BYTES) {
    throw new Failure("usage", `the upstream proxy's user or password is longer than ${CREDENTIAL_BYTES} bytes`);
  }
  return decoded;
}
