import * as v from "valibot";
import type { HostAndPort } from "../../../net/host-and-port.ts";
import { isIP, isIPv6 } from "../../../platform/network/ip-address.ts";
import type { Secret } from "../../../platform/secret.ts";
import type { KeyRule, SectionReader } from "../../config/dialect/section-reader.ts";
import { farAddressSchema, wholeNumberSchema } from "../../config/dialect/value-schemas.ts";
import { AMNEZIA_KEYS } from "./vocabulary.ts";

/** The way out of a WireGuard tunnel, as far as the daemon has use for it. */
export interface WireguardSettings {
  /** 32 bytes. */
  readonly privateKey: Secret<Uint8Array>;
  /** The UDP port to send from; 0 for any. */
  readonly listenPort: number;
  /** A peer has no Endpoint, and has to find that port. */
  readonly isCalled: boolean;
}

/** The same for the same key however it is written: SHA-256 in hex. */
export function fingerprintOf({ privateKey }: Pick<WireguardSettings, "privateKey">): string {
  return new Bun.CryptoHasher("sha256").update(privateKey.reveal()).digest("hex");
}

/** `[Interface]`, as far as its keys can be read. */
export interface InterfaceSection {
  readonly section: SectionReader;
  readonly privateKey: Uint8Array | undefined;
  /** Addresses within the tunnel, without prefix length; undefined where they cannot be read, which is a finding. */
  readonly addresses: readonly string[] | undefined;
  readonly dns: readonly string[];
  readonly checkAlive: readonly string[];
  readonly mtu: number;
  /** 0 for a port that the system chooses. */
  readonly listenPort: number;
}

/** One `[Peer]`, as far as its keys can be read. */
export interface PeerSection {
  readonly section: SectionReader;
  readonly publicKey: Uint8Array | undefined;
  readonly endpoint: HostAndPort | undefined;
  /** Networks with prefix length. */
  readonly allowedIps: readonly string[];
}

/** What wireproxy takes where the config has none. */
const DEFAULT_MTU = 1_420;
const EVERYWHERE = ["0.0.0.0/0", "::/0"];

/** Reads `[Interface]` and checks each of its keys. */
export function readInterface(section: SectionReader): InterfaceSection {
  checkAmnezia(section);
  const privateKey = section.required("PrivateKey", { schema: wireguardKeySchema, hint: KEY_HINT });
  const addresses = section.optional("Address", {
    schema: addressesSchema,
    hint: "list addresses such as 10.0.0.2/32 with commas between them",
  });
  return {
    section,
    privateKey,
    addresses: section.has("Address") ? addresses?.map(withoutPrefixLength) : [],
    dns: readDns(section),
    checkAlive: readAliveKeys(section),
    mtu: section.optional("MTU", numberRule(576, 65_535, DEFAULT_MTU)) ?? DEFAULT_MTU,
    listenPort: section.optional("ListenPort", numberRule(0, 65_535, 51_820)) ?? 0,
  };
}

/** Reads one `[Peer]` and checks each of its keys. */
export function readPeer(section: SectionReader): PeerSection {
  const publicKey = section.required("PublicKey", { schema: wireguardKeySchema, hint: KEY_HINT });
  section.optional("PreSharedKey", { schema: wireguardKeySchema, hint: KEY_HINT, dollar: "literal" });
  section.optional("PersistentKeepalive", numberRule(0, 65_535, 25));
  const allowedIps = section.optional("AllowedIPs", {
    schema: prefixListSchema,
    hint: "list networks such as 0.0.0.0/0, ::/0 with commas between them; a single host is 10.0.0.1/32",
  });
  const endpoint = section.optional("Endpoint", {
    schema: farAddressSchema,
    hint: "write host:port such as vpn.example.net:51820, an IPv6 address in brackets",
    dollar: "literal",
  });
  // wireproxy takes no network for every network.
  return { section, publicKey, endpoint, allowedIps: allowedIps?.length ? allowedIps : EVERYWHERE };
}

/**
 * AmneziaWG pads each kind of message by S1 to S4 bytes and numbers it H1 to H4; with none and with 1 to 4, as WireGuard
 * does, its peers understand wireproxy. Its other keys add packets that a peer drops.
 */
function checkAmnezia(section: SectionReader): void {
  const given = AMNEZIA_KEYS.Interface.filter((key) => section.has(key));
  const [first] = given.toSorted((one, other) => section.lineOf(one) - section.lineOf(other));
  if (first === undefined) return;
  if (given.some((key) => /^[SH]\d$/.test(key) && !isPlain(key, section.raw(key)))) {
    const message = "this is a config of AmneziaWG, whose messages (S1 to S4, H1 to H4) wireproxy cannot speak";
    const hint = "get a config for plain WireGuard from your provider, or use AmneziaWG's own client";
    section.report("error", first, message, hint);
  } else {
    const message = "these are keys of AmneziaWG: wireproxy sends no junk packets, and hides nothing";
    const hint = "it works where plain WireGuard is not blocked; remove the lines to be rid of this";
    section.report("warning", first, message, hint);
  }
}

function isPlain(key: string, value: string | undefined): boolean {
  return Number(value) === (key.startsWith("S") ? 0 : Number(key.slice(1)));
}

function readDns(section: SectionReader): readonly string[] {
  const dns = section.optional("DNS", {
    schema: ipListSchema,
    hint: "list IP addresses alone, without ports or URLs; wpdaemon config import leaves search domains out, which wg-quick takes and wireproxy does not",
  });
  if (section.has("DNS") && dns?.length !== 0) return dns ?? [];
  const message = "no DNS is set, so names are looked up outside the tunnel";
  section.report("warning", "DNS", message, "add DNS = with the address of a resolver that the tunnel reaches");
  return [];
}

function readAliveKeys(section: SectionReader): readonly string[] {
  const addresses = section.optional("CheckAlive", {
    schema: ipListSchema,
    hint: "list IP addresses with commas between them; names and prefix lengths are not taken",
  });
  section.optional("CheckAliveInterval", numberRule(1, 86_400, 5));
  const isAsked = section.has("CheckAlive") && addresses?.length !== 0;
  if (!section.has("CheckAliveInterval") || isAsked) return addresses ?? [];
  const message = "CheckAliveInterval is only valid when CheckAlive is set";
  const hint = "set CheckAlive to an address within the tunnel, or remove this line";
  section.report("error", "CheckAliveInterval", message, hint);
  return [];
}

const KEY_HINT = "copy the whole key from your provider's file or page: 44 characters, the last one =";

function numberRule(least: number, most: number, example: number): KeyRule<number> {
  const hint = `write digits alone, such as ${example}, or remove the line; numbers are not looked up in the environment`;
  return { schema: wholeNumberSchema(least, most), hint, dollar: "literal" };
}

/** Base64 of 32 bytes; line breaks between the digits do not count, as in Go. */
const wireguardKeySchema = v.pipe(
  v.string(),
  v.transform((text) => text.replace(/[\r\n]/g, "")),
  v.check(
    (text) => !/[<>(){}[\]]|your|insert|paste|x{6}/i.test(text) || text.endsWith("="),
    "is a placeholder, not a key",
  ),
  v.regex(/^[A-Za-z0-9+/]{43}=$/, "is not a WireGuard key: base64 of 32 bytes"),
  v.transform((digits) => Uint8Array.fromBase64(digits)),
);

/** No machine has so many addresses of its own, and no tunnel so many resolvers. */
const MOST_ADDRESSES = 1_000;
const TOO_MANY = `holds more than ${MOST_ADDRESSES} addresses`;

const addressesSchema = v.pipe(
  listSchema(
    (item) => isIP(item) || isPrefix(item),
    "holds something that is neither an IP address nor one with a prefix length",
  ),
  v.maxLength(MOST_ADDRESSES, TOO_MANY),
);

const ipListSchema = v.pipe(
  listSchema(isIP, "holds something that is not an IP address"),
  v.maxLength(MOST_ADDRESSES, TOO_MANY),
);

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

function withoutPrefixLength(address: string): string {
  return address.replace(/\/\d+$/, "");
}

function isPrefix(text: string): boolean {
  const slash = text.lastIndexOf("/");
  const [address, bits] = [text.slice(0, slash), text.slice(slash + 1)];
  if (slash === -1 || !isIP(address) || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return false;
  return Number(bits) <= (isIPv6(address) ? 128 : 32);
}
