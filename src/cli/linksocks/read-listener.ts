import type { ProxyCredentials } from "../../net/proxy/proxy-request.ts";
import { Failure } from "../../platform/failure.ts";
import type { FlagValues } from "./flags/flag-values.ts";

/** RFC 1929 section 2: each has one byte for its length. */
const LONGEST_CREDENTIAL = 255;

/** A host to listen on; an IPv6 address may stand in brackets. */
export function readHost(text: string): string {
  return text.replace(/^\[(.*)\]$/, "$1");
}

/** What a SOCKS5 port asks for. @throws Failure `usage` for what no client could ever say. */
export function readCredentials(values: FlagValues<"socks-username" | "socks-password">): ProxyCredentials {
  return { username: read("socks-username"), password: read("socks-password") };

  function read(flag: "socks-username" | "socks-password"): string {
    const text = values.text(flag);
    if (Buffer.byteLength(text) <= LONGEST_CREDENTIAL) return text;
    throw new Failure("usage", `--${flag} is longer than ${LONGEST_CREDENTIAL} bytes, which SOCKS5 cannot carry`, {
      hint: "choose a shorter one",
    });
  }
}
