import type { KnownSection } from "../wireproxy/config/known-sections.ts";
import type { Listener, ListenerKind } from "../wireproxy/config/model.ts";
import type { KeyRule, SectionReader } from "./section-reader.ts";
import { bindAddressSchema, farAddressSchema, pathSchema, presenceSchema, wholeNumberSchema } from "./value-schemas.ts";

/** The sections by which programs of this machine get in. */
export const LISTENER_KINDS: Readonly<Partial<Record<KnownSection, ListenerKind>>> = {
  Socks5: "socks5",
  http: "http",
  SNI: "sni",
  TCPClientTunnel: "tcp-client",
  UDPProxyTunnel: "udp",
};

/**
 * Reads a section that listens on this machine. Username and Password leave only whether they are there.
 * @param readFile gives a file's text, or throws; asked for the TLS files of `[http]`.
 * @returns undefined where its address cannot be read; a finding then says why.
 */
export function readListener(
  section: SectionReader,
  kind: ListenerKind,
  readFile: (path: string) => string,
): Listener | undefined {
  const address = section.required("BindAddress", {
    schema: bindAddressSchema,
    hint: "write host:port such as 127.0.0.1:25344, an IPv6 address in brackets",
  });
  const asksPassword = kind === "socks5" || kind === "http" ? readCredentials(section, kind) : false;
  if (kind === "http") readTlsFiles(section, readFile);
  if (kind === "tcp-client" || kind === "udp") section.required("Target", TARGET_RULE);
  if (kind === "udp") section.optional("InactivityTimeout", TIMEOUT_RULE);
  if (address === undefined) return undefined;
  return {
    kind,
    ...address,
    line: section.lineOf("BindAddress"),
    protected: asksPassword,
    transport: kind === "udp" ? "udp" : "tcp",
  };
}

/** Reads `[TCPServerTunnel]`, which listens at the far end of the tunnel. */
export function readServerTunnel(section: SectionReader): void {
  section.required("ListenPort", PORT_RULE);
  section.required("Target", { ...TARGET_RULE, schema: bindAddressSchema });
}

/** Reads `[STDIOTunnel]`, of no use to a child without a terminal. */
export function readStdioTunnel(section: SectionReader): void {
  section.required("Target", TARGET_RULE);
  section.report(
    "warning",
    section.line,
    "[STDIOTunnel] carries nothing here: the daemon gives wireproxy no input",
    "use [TCPClientTunnel] or [Socks5], or run this config by hand",
  );
}

const TARGET_RULE = { schema: farAddressSchema, hint: "write host:port such as 10.0.0.1:80" } as const;
const NUMBER_HINT = "write digits only; numbers are not looked up in the environment";
const PORT_RULE = { schema: wholeNumberSchema(0, 65_535), hint: NUMBER_HINT, dollar: "literal" } as const;
const TIMEOUT_RULE = { schema: wholeNumberSchema(0, 2_147_483_647), hint: NUMBER_HINT, dollar: "literal" } as const;
const CREDENTIAL_RULE: KeyRule<boolean> = {
  schema: presenceSchema,
  hint: "set Username and Password",
  dollar: "protection",
};
const FILE_RULE: KeyRule<string> = { schema: pathSchema, hint: "write the file's absolute path", dollar: "protection" };

/** SOCKS5 asks for a password only where Username is set; HTTP where either is. */
function readCredentials(section: SectionReader, kind: "socks5" | "http"): boolean {
  const username = section.optional("Username", CREDENTIAL_RULE) ?? false;
  const password = section.optional("Password", CREDENTIAL_RULE) ?? false;
  if (username && !password) {
    section.report("warning", section.lineOf("Username"), "Username without Password protects nothing", "set Password");
  }
  if (password && !username) {
    const effect = kind === "socks5" ? "authentication stays off" : "the user name is empty";
    section.report("warning", section.lineOf("Password"), `Password without Username: ${effect}`, "set Username too");
  }
  return password && (username || kind === "http");
}

function readTlsFiles(section: SectionReader, readFile: (path: string) => string): void {
  for (const [key, other] of [
    ["CertFile", "KeyFile"],
    ["KeyFile", "CertFile"],
  ] as const) {
    const path = section.optional(key, FILE_RULE);
    if (section.has(key) && !section.has(other)) {
      section.report(
        "error",
        section.lineOf(key),
        `${key} without ${other}: wireproxy would serve without TLS`,
        `set ${other} too, or remove ${key}`,
      );
    }
    if (path !== undefined && !isReadable(path, readFile)) {
      section.report(
        "error",
        section.lineOf(key),
        `${key} names a file that cannot be read`,
        "write the absolute path of a file that the daemon's user may read",
      );
    }
  }
}

function isReadable(path: string, readFile: (path: string) => string): boolean {
  try {
    readFile(path);
    return true;
  } catch {
    return false;
  }
}
