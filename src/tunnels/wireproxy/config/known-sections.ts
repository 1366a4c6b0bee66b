import { foldCase } from "../../config/ini.ts";

export const SECTION_NAMES = [
  "Interface",
  "Peer",
  "Socks5",
  "http",
  "TCPClientTunnel",
  "TCPServerTunnel",
  "STDIOTunnel",
  "UDPProxyTunnel",
  "SNI",
  "Resolve",
] as const;

export type KnownSection = (typeof SECTION_NAMES)[number];

/** What wireproxy v1.1.3 reads in each section; reference page wireproxy-daemon.md section 10.2. */
export const SECTION_KEYS: Readonly<Record<KnownSection, readonly string[]>> = {
  Interface: ["PrivateKey", "Address", "DNS", "MTU", "ListenPort", "CheckAlive", "CheckAliveInterval"],
  Peer: ["PublicKey", "PreSharedKey", "Endpoint", "PersistentKeepalive", "AllowedIPs"],
  Socks5: ["BindAddress", "Username", "Password"],
  http: ["BindAddress", "Username", "Password", "CertFile", "KeyFile"],
  TCPClientTunnel: ["BindAddress", "Target"],
  TCPServerTunnel: ["ListenPort", "Target"],
  STDIOTunnel: ["Target"],
  UDPProxyTunnel: ["BindAddress", "Target", "InactivityTimeout"],
  SNI: ["BindAddress"],
  Resolve: ["ResolveStrategy"],
};

/** Keys before the first section. */
export const TOP_KEYS: readonly string[] = ["WGConfig"];

/** What only wg-quick acts on. */
export const WG_QUICK_KEYS: readonly string[] = [
  "Table",
  "PreUp",
  "PostUp",
  "PreDown",
  "PostDown",
  "SaveConfig",
  "FwMark",
];

/** The section that wireproxy takes a name for; letter case does not count. */
export function knownSection(name: string): KnownSection | undefined {
  return NAMES_FOLDED.get(foldCase(name));
}

const NAMES_FOLDED: ReadonlyMap<string, KnownSection> = new Map(
  SECTION_NAMES.map((name) => [foldCase(name), name] as const),
);
