import type { KeyRule, SectionReader } from "../../config/section-reader.ts";
import {
  addressesSchema,
  farAddressSchema,
  ipListSchema,
  prefixListSchema,
  publicKeySchema,
  secretKeySchema,
  wholeNumberSchema,
} from "../../config/value-schemas.ts";
import type { InterfaceSettings, PeerSettings } from "./model.ts";

const DEFAULT_MTU = 1420;
const DEFAULT_CHECK_SECONDS = 5;

const KEY_HINT = "copy the whole key from your provider's file: 44 characters, the last one =";
const NUMBER_HINT = "write digits only; numbers are not looked up in the environment";

/** Reads `[Interface]`; the private key leaves only its fingerprint. */
export function readInterface(section: SectionReader): {
  readonly settings: InterfaceSettings;
  readonly privateKeyFingerprint: string;
} {
  const privateKeyFingerprint = section.required("PrivateKey", { schema: secretKeySchema, hint: KEY_HINT }) ?? "";
  const dns = readDns(section);
  const checkAlive = section.optional("CheckAlive", {
    schema: ipListSchema,
    hint: "list IP addresses with commas between them; names and prefix lengths are not taken",
  });
  const checkAliveSeconds = section.optional("CheckAliveInterval", numberRule(1, 86_400));
  if (section.has("CheckAliveInterval") && (checkAlive?.length === 0 || !section.has("CheckAlive"))) {
    section.report(
      "error",
      section.lineOf("CheckAliveInterval"),
      "CheckAliveInterval is only valid when CheckAlive is set",
      "set CheckAlive to an address within the tunnel, or remove this line",
    );
  }
  const settings = {
    line: section.line,
    addresses:
      section.optional("Address", {
        schema: addressesSchema,
        hint: "list addresses such as 10.0.0.2/32 with commas between them",
      }) ?? [],
    dns,
    mtu: section.optional("MTU", numberRule(576, 65_535)) ?? DEFAULT_MTU,
    listenPort: section.optional("ListenPort", numberRule(0, 65_535)),
    checkAlive: checkAlive ?? [],
    checkAliveSeconds: checkAliveSeconds ?? DEFAULT_CHECK_SECONDS,
  };
  return { settings, privateKeyFingerprint };
}

/** Reads one `[Peer]`. */
export function readPeer(section: SectionReader): PeerSettings {
  section.optional("PreSharedKey", { schema: secretKeySchema, hint: KEY_HINT, dollar: "literal" });
  const endpoint = section.optional("Endpoint", {
    schema: farAddressSchema,
    hint: "write host:port such as vpn.example.net:51820, an IPv6 address in brackets",
    dollar: "literal",
  });
  if (!section.has("Endpoint")) {
    section.report(
      "warning",
      section.line,
      "Endpoint is missing in this section: the tunnel works only if the peer calls first",
      "add Endpoint = host:port",
    );
  }
  return {
    line: section.line,
    publicKey: section.required("PublicKey", { schema: publicKeySchema, hint: KEY_HINT }),
    endpoint,
    keepaliveSeconds: section.optional("PersistentKeepalive", numberRule(0, 65_535)) ?? 0,
    allowedIps:
      section.optional("AllowedIPs", {
        schema: prefixListSchema,
        hint: "list networks such as 0.0.0.0/0, ::/0 with commas between them; a single host is 10.0.0.1/32",
      }) ?? [],
  };
}

function readDns(section: SectionReader): readonly string[] {
  const dns = section.optional("DNS", {
    schema: ipListSchema,
    hint: "list IP addresses only; a search domain is legal for wg-quick, but stops wireproxy",
  });
  if (!section.has("DNS") || dns?.length === 0) {
    section.report(
      "warning",
      section.lineOf("DNS"),
      "no DNS is set, so names are looked up outside the tunnel",
      "add DNS = with the address of a resolver that the tunnel reaches",
    );
  }
  return dns ?? [];
}

function numberRule(least: number, most: number): KeyRule<number> {
  return { schema: wholeNumberSchema(least, most), hint: NUMBER_HINT, dollar: "literal" };
}
