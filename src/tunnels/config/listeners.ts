import * as v from "valibot";
import type { ProxyCredentials } from "../../net/proxy/proxy-request.ts";
import type { ListenAddress } from "../../platform/network/listeners.ts";
import { Secret } from "../../platform/secret.ts";
import type { KeyRule, NamedSection, SectionReader } from "./dialect/section-reader.ts";
import { bindAddressSchema, farAddressSchema, pathSchema, wholeNumberSchema } from "./dialect/value-schemas.ts";
import type { WayIn } from "./ways-in.ts";

type ListenerKind = "socks5" | "http" | "sni" | "tcp-client" | "udp";

/** Where programs of this machine get into a tunnel. */
export interface Listener extends ListenAddress {
  readonly kind: ListenerKind;
  /** Of its BindAddress. */
  readonly line: number;
  /** It asks for a password that is not empty. */
  readonly protected: boolean;
  /** Both are empty where none are asked for. */
  readonly credentials: Secret<ProxyCredentials>;
}

/**
 * Reads the ways in; those that do not listen on this machine are only checked.
 * @param readFile asked for the TLS files of `[http]`.
 */
export function readListeners(
  sections: readonly NamedSection<WayIn>[],
  readFile: (path: string) => string | undefined,
): readonly Listener[] {
  return sections.flatMap((section) => readListener(section, readFile) ?? []);
}

function readListener(
  { name, reader }: NamedSection<WayIn>,
  readFile: (path: string) => string | undefined,
): Listener | undefined {
  switch (name) {
    case "Socks5":
      return listenOn(reader, "socks5", readCredentials(reader, "socks5"));
    case "http":
      readTlsFiles(reader, readFile);
      return listenOn(reader, "http", readCredentials(reader, "http"));
    case "SNI":
      return listenOn(reader, "sni");
    case "TCPClientTunnel":
      reader.required("Target", TARGET_RULE);
      return listenOn(reader, "tcp-client");
    case "UDPProxyTunnel":
      reader.required("Target", TARGET_RULE);
      reader.optional("InactivityTimeout", TIMEOUT_RULE);
      return listenOn(reader, "udp");
    case "TCPServerTunnel":
      // It listens at the far end of the tunnel.
      reader.required("ListenPort", PORT_RULE);
      reader.required("Target", { ...TARGET_RULE, schema: bindAddressSchema });
      return undefined;
    case "STDIOTunnel":
      reader.required("Target", TARGET_RULE);
      reader.report(
        "warning",
        undefined,
        "[STDIOTunnel] carries nothing here: the daemon gives wireproxy no input",
        "use [TCPClientTunnel] or [Socks5], or run this config by hand",
      );
      return undefined;
  }
}

/** Nobody is asked. */
export const NO_CREDENTIALS: ProxyCredentials = { username: "", password: "" };
/** RFC 1929 has one byte for the length of each. */
const MOST_CREDENTIAL_BYTES = 255;
const NUMBER_HINT = "write digits only; numbers are not looked up in the environment";
const TARGET_RULE = { schema: farAddressSchema, hint: "write host:port such as 10.0.0.1:80" } as const;
const PORT_RULE = { schema: wholeNumberSchema(0, 65_535), hint: NUMBER_HINT, dollar: "literal" } as const;
const TIMEOUT_RULE = { schema: wholeNumberSchema(0, 2_147_483_647), hint: NUMBER_HINT, dollar: "literal" } as const;
const FILE_RULE: KeyRule<string> = { schema: pathSchema, hint: "write the file's absolute path", dollar: "protection" };
const CREDENTIAL_RULE = { schema: v.string(), hint: "set Username and Password", dollar: "protection" } as const;
const SOCKS_CREDENTIAL_RULE = {
  ...CREDENTIAL_RULE,
  schema: v.pipe(v.string(), v.maxBytes(MOST_CREDENTIAL_BYTES, `is longer than ${MOST_CREDENTIAL_BYTES} bytes`)),
} as const;

function listenOn(section: SectionReader, kind: ListenerKind, credentials = NO_CREDENTIALS): Listener | undefined {
  const address = section.required("BindAddress", {
    schema: bindAddressSchema,
    hint: "write host:port such as 127.0.0.1:25344, an IPv6 address in brackets",
  });
  if (address === undefined) return undefined;
  return {
    kind,
    ...address,
    line: section.lineOf("BindAddress"),
    protected: credentials.password !== "",
    credentials: new Secret(credentials),
    transport: kind === "udp" ? "udp" : "tcp",
  };
}

/** SOCKS5 asks for a password only where Username is set; HTTP where either is. */
function readCredentials(section: SectionReader, kind: "socks5" | "http"): ProxyCredentials {
  const rule = kind === "socks5" ? SOCKS_CREDENTIAL_RULE : CREDENTIAL_RULE;
  const username = section.optional("Username", rule) ?? "";
  const password = section.optional("Password", rule) ?? "";
  if (username !== "" && password === "") {
    section.report("warning", "Username", "Username without Password protects nothing", "set Password");
  }
  if (password !== "" && username === "") {
    const effect = kind === "socks5" ? "authentication stays off" : "the user name is empty";
    section.report("warning", "Password", `Password without Username: ${effect}`, "set Username too");
  }
  return kind === "socks5" && username === "" ? NO_CREDENTIALS : { username, password };
}

function readTlsFiles(section: SectionReader, readFile: (path: string) => string | undefined): void {
  for (const [key, other] of [
    ["CertFile", "KeyFile"],
    ["KeyFile", "CertFile"],
  ] as const) {
    const path = section.optional(key, FILE_RULE);
    if (section.has(key) && !section.has(other)) {
      const message = `${key} without ${other}: wireproxy would serve without TLS`;
      section.report("error", key, message, `set ${other} too, or remove ${key}`);
    }
    if (path !== undefined && readFile(path) === undefined) {
      const hint = "write the absolute path of a file that the daemon's user may read";
      section.report("error", key, `${key} names a file that cannot be read`, hint);
    }
  }
}
