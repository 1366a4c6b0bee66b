import type { SectionReader } from "../config/section-reader.ts";
import { bindAddressSchema } from "../config/value-schemas.ts";
import type { Listener } from "../wireproxy/config/model.ts";
import { credentialSchema } from "./value-schemas.ts";

/** Where a client accepts SOCKS. Both texts are empty where no password is asked for. */
export interface SocksSettings extends Listener {
  readonly username: string;
  readonly password: string;
}

const CREDENTIAL_RULE = { schema: credentialSchema, hint: "set Username and Password" } as const;

/** Reads `[Socks5]`, in which a password is asked for only with a Username, as wireproxy does. */
export function readSocksSection(section: SectionReader): SocksSettings | undefined {
  const address = section.required("BindAddress", {
    schema: bindAddressSchema,
    hint: "write host:port such as 127.0.0.1:25344, an IPv6 address in brackets",
  });
  const username = section.optional("Username", CREDENTIAL_RULE) ?? "";
  const password = section.optional("Password", CREDENTIAL_RULE) ?? "";
  if (username !== "" && password === "") {
    section.report("warning", section.lineOf("Username"), "Username without Password protects nothing", "set Password");
  }
  if (password !== "" && username === "") {
    const message = "Password without Username: authentication stays off";
    section.report("warning", section.lineOf("Password"), message, "set Username too");
  }
  if (address === undefined) return undefined;
  return {
    kind: "socks5",
    transport: "tcp",
    ...address,
    line: section.lineOf("BindAddress"),
    protected: username !== "" && password !== "",
    username,
    password: username === "" ? "" : password,
  };
}
