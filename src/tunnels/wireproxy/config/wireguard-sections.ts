import * as v from "valibot";
import type { HostAndPort } from "../../../net/host-and-port.ts";
import { isIP, isIPv6 } from "../../../platform/network/ip-address.ts";
import type { KeyRule, SectionReader } from "../../config/dialect/section-reader.ts";
import { farAddressSchema, wholeNumberSchema } from "../../config/dialect/value-schemas.ts";
import { Secret } from "../../config/secret.ts";

/** The way out of a WireGuard tunnel, as far as the daemon has use for it. */
export interface WireguardSettings {
  /** 32 bytes. */
  readonly privateKey: Secret<Uint8Array>;
}

/** The same for the same key however it is written: SHA-256 in hex. */
export function fingerprintOf({ privateKey }: WireguardSettings): string {
  return new Bun.CryptoHasher("sha256").update(privateKey.reveal()).digest("hex");
}

/** Reads `[Interface]` and checks all its keys. @returns undefined where there is no valid key. */
export function readPrivateKey(section: SectionReader): Secret<Uint8Array> | undefined {
  const privateKey = section.required("PrivateKey", { schema: wireguardKeySchema, hint: KEY_HINT });
  checkDns(section);
  checkAliveKeys(section);
  section.optional("Address", {
    schema: addressesSchema,
    hint: "list addresses such as 10.0.0.2/32 with commas between them",
  });
  section.optional("MTU", numberRule(576, 65_535));
  section.optional("ListenPort", numberRule(0, 65_535));
  return privateKey && new Secret(privateKey);
}

/** Reads one `[Peer]` and checks all its keys. @returns where it is to be found; undefined where it does not say. */
export function readPeer(section: SectionReader): HostAndPort | undefined {
  section.required("PublicKey", { schema: wireguardKeySchema, hint: KEY_HINT });
  section.optional("PreSharedKey", { schema: wireguardKeySchema, hint: KEY_HINT, dollar: "literal" });
  section.optional("PersistentKeepalive", numberRule(0, 65_535));
  section.optional("AllowedIPs", {
    schema: prefixListSchema,
    hint: "list networks such as 0.0.0.0/0, ::/0 with commas between them; a single host is 10.0.0.1/32",
  });
  if (!section.has("Endpoint")) {
    section.report(
      "warning",
      section.line,
      "Endpoint is missing in this section: the tunnel works only if the peer calls first",
      "add Endpoint = host:port",
    );
  }
  return section.optional("Endpoint", {
    schema: farAddressSchema,
    hint: "write host:port such as vpn.example.net:51820, an IPv6 address in brackets",
    dollar: "literal",
  });
}

function checkDns(section: SectionReader): void {
  const dns = section.optional("DNS", {
    schema: ipListSchema,
    hint: "list IP addresses only; a search domain is legal for wg-quick, but stops wireproxy",
  });
  if (section.has("DNS") && dns?.length !== 0) return;
  section.report(
    "warning",
    section.lineOf("DNS"),
    "no DNS is set, so names are looked up outside the tunnel",
    "add DNS = with the address of a resolver that the tunnel reaches",
  );
}

function checkAliveKeys(section: SectionReader): void {
  const addresses = section.optional("CheckAlive", {
    schema: ipListSchema,
    hint: "list IP addresses with commas between them; names and prefix lengths are not taken",
  });
  section.optional("CheckAliveInterval", numberRule(1, 86_400));
  if (!section.has("CheckAliveInterval") || (section.has("CheckAlive") && addresses?.length !== 0)) return;
  section.report(
    "error",
    section.lineOf("CheckAliveInterval"),
    "CheckAliveInterval is only valid when CheckAlive is set",
    "set CheckAlive to an address within the tunnel, or remove this line",
  );
}

const KEY_HINT = "copy the whole key from your provider's file: 44 characters, the last one =";

function numberRule(least: number, most: number): KeyRule<number> {
  const hint = "write digits only; numbers are not looked up in the environment";
  return { schema: wholeNumberSchema(least, most), hint, dollar: "literal" };
}

/** Base64 of 32 bytes; line breaks between the digits do not count, as in Go. */
const wireguardKeySchema = v.pipe(
  v.string(),
  v.transform((text) => text.replace(/[\r\n]/g, "")),
  v.regex(/^[A-Za-z0-9+/]{43}=$/, "is not a WireGuard key: base64 of 32 bytes"),
  v.transform((digits) => Uint8Array.fromBase64(digits)),
);

const addressesSchema = listSchema(
  (item) => isIP(item) || isPrefix(item),
  "holds something that is neither an IP address nor one with a prefix length",
);

const ipListSchema = listSchema(isIP, "holds something that is not an IP address");

const prefixListSchema = listSchema(
  (item) => !item.includes("%") && isPrefix(item),
  "holds something that is not an IP address with a prefix length",
);

/** A comma list; empty items do not count. */
function listSchema(isItem: (item: string) => boolean, message: string) {
  return v.pipe(
    v.string(),
    v.transform((text) =>
      text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    ),
    v.check((items) => items.every(isItem), message),
  );
}

function isPrefix(text: string): boolean {
  const slash = text.lastIndexOf("/");
  const [address, bits] = [text.slice(0, slash), text.slice(slash + 1)];
  if (slash === -1 || !isIP(address) || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return false;
  return Number(bits) <= (isIPv6(address) ? 128 : 32);
}
