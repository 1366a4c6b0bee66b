import * as v from "valibot";
import { parseServerUrl } from "../../linksocks/client/server-url.ts";
import type { ClientOptions } from "../../linksocks/options.ts";
import { isLoopback } from "../../net/address-range.ts";
import { parseDestinationRule } from "../../net/destination-rule.ts";
import { hostOfUrl } from "../../net/host-and-port.ts";
import { type ProxyAddress, parseProxyAddress } from "../../net/proxy/proxy-address.ts";
import { Failure } from "../../platform/failure.ts";
import { Secret } from "../../platform/secret.ts";
import type { SectionReader } from "../config/dialect/section-reader.ts";
import { pathSchema, switchSchema, wholeNumberSchema } from "../config/dialect/value-schemas.ts";
import { resolvePath } from "../config/store/config-file.ts";
import type { ParseOptions } from "../config/tunnel-config.ts";

/** What a config says about the way to the server. */
export interface LinkSettings
  extends Pick<ClientOptions, "url" | "threads" | "fastOpen" | "destinations" | "certificateAuthority"> {
  /** It dials for others instead of accepting SOCKS. */
  readonly isProvider: boolean;
  /** `HTTP_PROXY` and its kin count for reaching the server. */
  readonly heedsProxyVariables: boolean;
  /** What of it is not for others. */
  readonly secrets: Secret<Pick<ClientOptions, "token" | "connectorToken" | "upstream" | "headers">>;
}

/** Reads `[LinkSocks]`. @returns undefined where Url cannot be read; a finding then says why. */
export function readLinkSection(section: SectionReader, options: ParseOptions): LinkSettings | undefined {
  const url = readUrl(section);
  const isProvider = section.optional("Reverse", SWITCH_RULE) ?? false;
  const settings = {
    isProvider,
    threads: section.optional("Threads", THREADS_RULE) ?? 1,
    fastOpen: section.optional("FastOpen", SWITCH_RULE) ?? false,
    destinations: {
      allow: section.every("Allow", DESTINATIONS_RULE).flat(),
      deny: section.every("Deny", DESTINATIONS_RULE).flat(),
      // Whoever runs the server is not the owner of this machine.
      isConfined: true,
    },
    certificateAuthority: readNamedFile(section, "CertificateAuthority", options)?.path,
    heedsProxyVariables: !(section.optional("NoEnvProxy", SWITCH_RULE) ?? false),
    secrets: new Secret({
      token: readToken(section, options),
      connectorToken: section.optional("ConnectorToken", TOKEN_RULE) ?? "",
      upstream: section.optional("UpstreamProxy", UPSTREAM_RULE),
      headers: readHeaders(section),
    }),
  };
  checkRole(section, isProvider);
  return url === undefined ? undefined : { url, ...settings };
}

/** More connections to one server are of no use to anybody. */
const MOST_THREADS = 100;
/** Longest text that the one-byte lengths of the protocol can carry: docs/protocols/linksocks.md, "Auth and AuthResponse". */
const MOST_TOKEN_BYTES = 255;
/** The headers of RFC 6455 and those of HTTP that a WebSocket handshake cannot do without, or with. */
const HANDSHAKE =
  /^(?:connection|upgrade|content-length|transfer-encoding|sec-websocket-(?:key|version|extensions|accept))$/i;

const SWITCH_RULE = { schema: switchSchema, hint: "write true or false" } as const;
const TOKEN_RULE = {
  schema: v.pipe(
    v.string(),
    v.nonEmpty("is empty"),
    v.maxBytes(MOST_TOKEN_BYTES, `is longer than ${MOST_TOKEN_BYTES} bytes`),
  ),
  hint: "write the token that the server's owner has given you; $NAME takes it from the environment",
} as const;
const THREADS_RULE = {
  schema: wholeNumberSchema(1, MOST_THREADS),
  hint: "write how many WebSockets it opens; 1 unless it is given",
  dollar: "literal",
} as const;
const URL_RULE = {
  schema: v.pipe(
    v.string(),
    v.nonEmpty("is empty"),
    v.check((text) => unlessRefused(parseServerUrl, text) !== undefined, "is not a URL of a LinkSocks server"),
  ),
  hint: "write the server's URL such as wss://proxy.example.net",
} as const;
const UPSTREAM_RULE = {
  schema: v.pipe(
    v.string(),
    v.transform((text) => unlessRefused(parseProxyAddress, text)),
    v.custom<ProxyAddress>((address) => address !== undefined, "is not the URL of a SOCKS5 or HTTP proxy"),
  ),
  hint: "write socks5://host:1080 or http://host:8080, with user:password@ before the host where it asks for them",
} as const;
const DESTINATIONS_RULE = {
  schema: v.pipe(
    v.string(),
    v.transform((text) => text.split(",").map((one) => one.trim())),
    v.check((rules) => rules.every((rule) => parseDestinationRule(rule) !== undefined), "is no destination"),
  ),
  hint: "write ranges, addresses, names or *, with :PORT or not, between commas: 192.168.1.0/24, nas.lan:445",
  dollar: "literal",
} as const;
/** `Name: value`; RFC 9110 sections 5.1 and 5.5. */
const HEADER_RULE = {
  schema: v.pipe(
    v.string(),
    v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*:[ \t]*[\t\x20-\x7e\x80-\xff]*$/, "is not a header: Name: value"),
    v.transform((text) => {
      const colon = text.indexOf(":");
      return { name: text.slice(0, colon).trim(), value: text.slice(colon + 1).trim() };
    }),
    v.check(({ name }) => !HANDSHAKE.test(name), "is a header that the WebSocket sets itself"),
  ),
  hint: "write Header = Name: value, the whole in backquotes where it holds # or ;",
} as const;

function unlessRefused<Output>(parse: (text: string) => Output, text: string): Output | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** Nothing but TLS keeps the token and what is carried from those along the way. */
function readUrl(section: SectionReader): string | undefined {
  const written = section.required("Url", URL_RULE);
  const url = written === undefined ? undefined : parseServerUrl(written);
  if (url?.protocol === "ws:" && !isLoopback(hostOfUrl(url))) {
    const message = "whoever is on the way to the server can read the token and all that is carried";
    section.report("warning", "Url", message, "use wss:// if the server has it");
  }
  return written;
}

function readToken(section: SectionReader, options: ParseOptions): string {
  const token = section.optional("Token", TOKEN_RULE);
  const file = readNamedFile(section, "TokenFile", options);
  if (section.has("Token") && section.has("TokenFile")) {
    section.report("error", "TokenFile", "TokenFile beside Token: one of them counts", "remove one");
  } else if (!section.has("Token") && !section.has("TokenFile")) {
    const message = "neither Token nor TokenFile is set: most servers refuse an anonymous client";
    section.report("warning", undefined, message, "set Token, or TokenFile with the path of a file that holds it");
  }
  const found = file?.text.replace(/^\uFEFF/, "").trim();
  if (found === "" || (found !== undefined && Buffer.byteLength(found) > MOST_TOKEN_BYTES)) {
    const message = "TokenFile names a file that holds no token: it is empty, or longer than 255 bytes";
    section.report("error", "TokenFile", message, "put the token there, and nothing else");
  }
  return token ?? found ?? "";
}

/** A header that is given twice has both values, as HTTP joins them. */
function readHeaders(section: SectionReader): ClientOptions["headers"] {
  const headers = new Map<string, { readonly name: string; readonly value: string }>();
  for (const header of section.every("Header", HEADER_RULE)) {
    const former = headers.get(header.name.toLowerCase());
    const joined = former === undefined ? header : { ...former, value: `${former.value}, ${header.value}` };
    headers.set(header.name.toLowerCase(), joined);
  }
  return Object.fromEntries([...headers.values()].map(({ name, value }) => [name, value]));
}

/** The file that a key names. @returns undefined where there is none, or it cannot be read; a finding then says why. */
function readNamedFile(section: SectionReader, key: string, options: ParseOptions) {
  const hint =
    "write the path of a file that the daemon's user may read: absolute, from ~, or from the config's folder";
  const written = section.optional(key, { schema: pathSchema, hint });
  if (written === undefined) return undefined;
  const path = resolvePath(written, options);
  const text = path === undefined ? undefined : options.readFile(path);
  if (path !== undefined && text !== undefined) return { path, text };
  section.report("error", key, `${key} names a file that cannot be read`, hint);
  return undefined;
}

/** What is silently of no use may be what somebody relies on. */
function checkRole(section: SectionReader, isProvider: boolean): void {
  for (const key of isProvider ? [] : ["ConnectorToken", "UpstreamProxy", "Allow", "Deny"]) {
    if (!section.has(key)) continue;
    const hint = "set Reverse = true, or remove the line";
    section.report("error", key, `${key} is a provider's alone`, hint);
  }
  if (isProvider && section.has("FastOpen")) {
    const message = "FastOpen has no effect with Reverse = true";
    section.report("warning", "FastOpen", message, "remove the line");
  }
}
