import { foldCase } from "../../config/dialect/ini.ts";
import type { Vocabulary } from "../../config/dialect/known-keys.ts";
import { WAY_IN_KEYS, WAYS_IN } from "../../config/ways-in.ts";

export const SECTION_NAMES = ["Interface", "Peer", "Resolve", ...WAYS_IN] as const;

export type KnownSection = (typeof SECTION_NAMES)[number];

const JOIN_HINT = "put all values into one line, with commas between them; wpdaemon config import does it";

/** What only wg-quick acts on. */
const WG_QUICK_KEYS = ["Table", "PreUp", "PostUp", "PreDown", "PostDown", "SaveConfig", "FwMark"] as const;

/** What AmneziaWG adds: WireGuard in disguise, which wireproxy does not speak. */
export const AMNEZIA_KEYS = {
  Interface: [
    ...["Jc", "Jmin", "Jmax", "S1", "S2", "S3", "S4", "H1", "H2", "H3", "H4"],
    ...["I1", "I2", "I3", "I4", "I5", "J1", "J2", "J3", "Itime"],
  ],
  Peer: ["AdvancedSecurity"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What wireproxy 1.1.3 reads in each section, and what we say of all that it passes over. */
export const VOCABULARY = {
  sections: {
    "": ["WGConfig"],
    Interface: ["PrivateKey", "Address", "DNS", "MTU", "ListenPort", "CheckAlive", "CheckAliveInterval"],
    Peer: ["PublicKey", "PreSharedKey", "Endpoint", "PersistentKeepalive", "AllowedIPs"],
    Resolve: ["ResolveStrategy"],
    ...WAY_IN_KEYS,
  },
  ignoredKeys: WG_QUICK_KEYS,
  secretKeys: ["PrivateKey", "PreSharedKey", "Username", "Password"],
  severity: "warning",
  elsewhere: ["LinkSocks"],
  joined: {
    Address: JOIN_HINT,
    AllowedIPs: JOIN_HINT,
    DNS: "put all addresses into one line, with commas between them, and leave search domains out; wpdaemon config import does both",
    CheckAlive: JOIN_HINT,
  },
  unknownSection(_, near) {
    return {
      message: "wireproxy ignores this section: it knows none of that name",
      hint: near === undefined ? "remove it" : `did you mean [${near}]?`,
    };
  },
  foreignKeys: AMNEZIA_KEYS,
  unknownKey(name, section, near) {
    const quick = WG_QUICK_KEYS.find((known) => foldCase(known) === foldCase(name));
    if (quick !== undefined) {
      return { message: `wireproxy ignores ${quick}: only wg-quick acts on it`, hint: "remove the line" };
    }
    const place = section === "" ? "before the first section" : `in [${section}]`;
    return {
      message: `wireproxy ignores this line: it knows no such key ${place}`,
      hint: near === undefined ? "remove the line, or move it to its section" : `did you mean ${near}?`,
    };
  },
} as const satisfies Vocabulary;
