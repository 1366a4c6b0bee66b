import type { ProxyAddress } from "../../net/proxy-address.ts";
import type { Finding } from "../config/finding.ts";
import type { IniSection } from "../config/ini.ts";
import { foldCase } from "../config/ini.ts";
import { createSectionReader, type SectionReader } from "../config/section-reader.ts";
import { wholeNumberSchema } from "../config/value-schemas.ts";
import type { ParseOptions } from "../wireproxy/config/config.ts";
import { readNamedFile } from "./named-file.ts";
import { headerSchema, proxySchema, serverUrlSchema, switchSchema, tokenSchema } from "./value-schemas.ts";

export type HttpHeaders = Readonly<Record<string, string>>;

/** What a config says about the way to the server. */
export interface LinkSettings {
  /** As written. */
  readonly url: string;
  readonly urlLine: number;
  /** Empty: anonymous. */
  readonly token: string;
  /** It dials for others instead of accepting SOCKS. */
  readonly isProvider: boolean;
  /** Of a provider: the connector token to register; empty for none. */
  readonly connectorToken: string;
  /** How many WebSockets. */
  readonly threads: number;
  /** Tell applications success before the target is reached. */
  readonly fastOpen: boolean;
  /** Of a provider: what it dials its targets through. */
  readonly upstream: ProxyAddress | undefined;
  readonly headers: HttpHeaders;
  /** Path of a PEM file with the certificates that are trusted in place of the system's. */
  readonly certificateAuthority: string | undefined;
  /** `HTTP_PROXY` and its kin count for reaching the server. */
  readonly heedsProxyVariables: boolean;
}

/** More connections to one server are of no use to anybody. */
const MOST_THREADS = 100;

const SWITCH_RULE = { schema: switchSchema, hint: "write true or false" } as const;

/** Reads `[LinkSocks]`. @returns undefined where Url cannot be read; a finding then says why. */
export function readLinkSection(
  section: IniSection,
  options: ParseOptions,
  findings: Finding[],
): LinkSettings | undefined {
  const reader = createSectionReader(section, { ...options, findings });
  const url = reader.required("Url", {
    schema: serverUrlSchema,
    hint: "write the server's URL such as wss://proxy.example.net",
  });
  const isProvider = reader.optional("Reverse", SWITCH_RULE) ?? false;
  const settings = {
    urlLine: reader.lineOf("Url"),
    token: readToken(reader, options),
    isProvider,
    connectorToken: reader.optional("ConnectorToken", { schema: tokenSchema, hint: TOKEN_HINT }) ?? "",
    threads:
      reader.optional("Threads", {
        schema: wholeNumberSchema(1, MOST_THREADS),
        hint: "write how many WebSockets it opens; 1 unless it is given",
        dollar: "literal",
      }) ?? 1,
    fastOpen: reader.optional("FastOpen", SWITCH_RULE) ?? false,
    upstream: reader.optional("UpstreamProxy", {
      schema: proxySchema,
      hint: "write socks5://host:1080 or http://host:8080, with user:password@ before the host where it asks for them",
    }),
    headers: readHeaders(section, options, findings),
    certificateAuthority: readNamedFile(reader, "CertificateAuthority", options)?.path,
    heedsProxyVariables: !(reader.optional("NoEnvProxy", SWITCH_RULE) ?? false),
  };
  checkRole(reader, isProvider);
  return url === undefined ? undefined : { url, ...settings };
}

const TOKEN_HINT = "write the token that the server's owner has given you; $NAME takes it from the environment";

function readToken(reader: SectionReader, options: ParseOptions): string {
  const token = reader.optional("Token", { schema: tokenSchema, hint: TOKEN_HINT });
  const file = readNamedFile(reader, "TokenFile", options);
  if (reader.has("Token") && reader.has("TokenFile")) {
    reader.report("error", reader.lineOf("TokenFile"), "TokenFile beside Token: one of them counts", "remove one");
  } else if (!reader.has("Token") && !reader.has("TokenFile")) {
    const message = "neither Token nor TokenFile is set: most servers refuse an anonymous client";
    reader.report("warning", reader.line, message, "set Token, or TokenFile with the path of a file that holds it");
  }
  const found = file?.text.replace(/^\uFEFF/, "").trim();
  if (found === "" || (found !== undefined && Buffer.byteLength(found) > 255)) {
    const message = "TokenFile names a file that holds no token: it is empty, or longer than 255 bytes";
    reader.report("error", reader.lineOf("TokenFile"), message, "put the token there, and nothing else");
  }
  return token ?? found ?? "";
}

/** The one key that may be repeated; a header that is given twice has both values, as HTTP joins them. */
function readHeaders(section: IniSection, options: ParseOptions, findings: Finding[]): HttpHeaders {
  const headers = new Map<string, { readonly name: string; readonly value: string }>();
  for (const { name: key, value: text, line } of section.keys) {
    if (foldCase(key) !== "header") continue;
    const alone = { ...section, keys: [{ name: "Header", value: text, line }] };
    const header = createSectionReader(alone, { ...options, findings }).optional("Header", {
      schema: headerSchema,
      hint: "write Header = Name: value, the whole in backquotes where it holds # or ;",
    });
    if (header === undefined) continue;
    const former = headers.get(header.name.toLowerCase());
    const joined = former === undefined ? header : { ...former, value: `${former.value}, ${header.value}` };
    headers.set(header.name.toLowerCase(), joined);
  }
  return Object.fromEntries([...headers.values()].map(({ name, value }) => [name, value]));
}

/** What is silently of no use may be what somebody relies on. */
function checkRole(reader: SectionReader, isProvider: boolean): void {
  for (const key of isProvider ? [] : ["ConnectorToken", "UpstreamProxy"]) {
    if (!reader.has(key)) continue;
    const message = `${key} is a provider's alone`;
    reader.report("error", reader.lineOf(key), message, "set Reverse = true, or remove the line");
  }
  if (isProvider && reader.has("FastOpen")) {
    const message = "FastOpen has no effect with Reverse = true";
    reader.report("warning", reader.lineOf("FastOpen"), message, "remove the line");
  }
}
