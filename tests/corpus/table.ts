/**
 * One config in the shape that a provider, router or panel exports, and what is to come of it. The keys are random and the
 * addresses those of documentation.
 */
export interface CorpusEntry {
  /** In this folder, without its suffix. */
  readonly name: string;
  /** The row of the table in docs/tunnels-and-settings.md. */
  readonly provider: string;
  readonly exports: string;
  readonly importDoes: string;
  /** What `config import` says of each change, by line. */
  readonly changes?: readonly string[];
  /** What it warns of, by line: the sentence without its hint. */
  readonly warnings?: readonly string[];
  /** What it refuses the config for, and a word of the hint; undefined where it is imported and then carries. */
  readonly refusal?: readonly [reason: string, hint: string];
  /** Errors that `config check` finds in the original where it is put into the folder by hand, but for its missing way in. */
  readonly check?: readonly string[];
  /** What `wireproxy -n` says of the original, where not `Config OK`. */
  readonly wireproxy?: string;
}

export const CORPUS: readonly CorpusEntry[] = [
  {
    name: "mullvad",
    provider: "Mullvad",
    exports: "a file or zip per country, with a kill switch in `PostUp` and `PreDown` if asked for",
    importDoes: "takes it; warns of the kill switch, which a proxy does not need",
    warnings: [
      "6: wireproxy ignores PostUp: only wg-quick acts on it",
      "7: wireproxy ignores PreDown: only wg-quick acts on it",
    ],
  },
  {
    name: "proton",
    provider: "Proton VPN",
    exports: "a file per server, its options as comments",
    importDoes: "takes it",
  },
  {
    name: "nordvpn",
    provider: "NordVPN",
    exports: "no file; generators write one with `Address = 10.5.0.2/16`",
    importDoes: "takes it",
  },
  {
    name: "nordlynx",
    provider: "NordVPN's NordLynx, by `wg showconf`",
    exports: "no `Address`, no `DNS`",
    importDoes: "refuses it until `Address = 10.5.0.2/32` is added",
    refusal: ["nordlynx.conf:1: Address is missing in this section", "10.5.0.2/32"],
    check: ["1: Address is missing in this section: the tunnel would start, and every connection fail"],
  },
  {
    name: "surfshark",
    provider: "Surfshark",
    exports: "a file per server, with a placeholder for a key that was made elsewhere",
    importDoes: "refuses the placeholder by name",
    refusal: ["surfshark.conf:6: PrivateKey is a placeholder, not a key", "copy the whole key"],
    check: ["6: PrivateKey is a placeholder, not a key"],
    wireproxy: "invalid base64 string",
  },
  {
    name: "surfshark-with-key",
    provider: "Surfshark, its key filled in",
    exports: "a file per server, `Address` with the network's prefix",
    importDoes: "takes it",
  },
  {
    name: "windscribe",
    provider: "Windscribe",
    exports: "a file per server, with `PresharedKey`, on port 443 or another",
    importDoes: "takes it",
  },
  {
    name: "pia",
    provider: "PIA, by its scripts",
    exports: "`Address` without a prefix length; valid for a day or so",
    importDoes: "takes it",
  },
  {
    name: "airvpn",
    provider: "AirVPN",
    exports: "files or an archive, with `MTU = 1320` and IPv6",
    importDoes: "takes files and zips; for another archive it says to unpack it",
  },
  { name: "ivpn", provider: "IVPN", exports: "files or a zip, IPv4 alone", importDoes: "takes it" },
  {
    name: "wgcf",
    provider: "Cloudflare WARP, by wgcf",
    exports: "`Address` and `AllowedIPs` over two lines each",
    importDoes: "joins the lines",
    changes: ["4: Address is joined into line 3", "10: AllowedIPs is joined into line 9"],
    check: [
      "4: Address was already given on line 3, and only that one counts",
      "10: AllowedIPs was already given on line 9, and only that one counts",
    ],
  },
  {
    name: "fritzbox",
    provider: "FritzBox",
    exports: "`Address`, `DNS` and `AllowedIPs` over two lines each, with the search domain fritz.box",
    importDoes: "joins the lines, and leaves the search domain out",
    changes: [
      "4: Address is joined into line 3",
      "5: search domains are left out of DNS: wireproxy knows none",
      "6: DNS is joined into line 5",
      "12: AllowedIPs is joined into line 11",
    ],
    check: [
      "4: Address was already given on line 3, and only that one counts",
      "6: DNS was already given on line 5, and only that one counts",
      "12: AllowedIPs was already given on line 11, and only that one counts",
    ],
  },
  {
    name: "opnsense",
    provider: "OPNsense, its peer generator",
    exports: "`DNS` with a search domain if one is set",
    importDoes: "leaves the search domain out",
    changes: ["4: search domains are left out of DNS: wireproxy knows none"],
    check: ["4: DNS holds something that is not an IP address"],
    wireproxy: "ParseAddr",
  },
  {
    name: "pfsense",
    provider: "pfSense",
    exports: "no client's file, but the server's own",
    importDoes: "refuses the server's, and says so",
    refusal: ["pfsense.conf:4: Address is missing in this section", "this is a server's own file"],
    check: ["4: Address is missing in this section: the tunnel would start, and every connection fail"],
  },
  {
    name: "unifi",
    provider: "UniFi",
    exports: "a file per user, `AllowedIPs` with the tunnel's own addresses",
    importDoes: "takes it",
  },
  {
    name: "mikrotik",
    provider: "MikroTik, `show-client-config`",
    exports: "a file with `ListenPort`, its lines ended as on Windows",
    importDoes: "takes it; where the port is taken, another is used",
  },
  {
    name: "mikrotik-export",
    provider: "MikroTik, `export`",
    exports: "RouterOS' own commands",
    importDoes: "refuses it, and names `show-client-config`",
    refusal: ["mikrotik-export.conf is an export of RouterOS", "show-client-config"],
    check: ["mikrotik-export.conf:4: neither = nor : on the line"],
    wireproxy: "key-value delimiter not found",
  },
  {
    name: "wg-easy",
    provider: "wg-easy",
    exports: "a file per client, with empty hooks",
    importDoes: "takes it",
  },
  {
    name: "wgdashboard",
    provider: "WGDashboard",
    exports: "what is not set as an empty value",
    importDoes: "leaves empty values out",
    changes: [
      "4: MTU has no value, and is left out",
      "11: PersistentKeepalive has no value, and is left out",
      "12: PresharedKey has no value, and is left out",
    ],
    check: [
      "4: MTU is not a whole number from 576 to 65535",
      "11: PersistentKeepalive is not a whole number from 0 to 65535",
      "12: PreSharedKey is not a WireGuard key: base64 of 32 bytes",
    ],
    wireproxy: 'parsing ""',
  },
  {
    name: "linuxserver",
    provider: "linuxserver/wireguard",
    exports: "a file per peer, `Address` without a prefix length, with `ListenPort`",
    importDoes: "takes it",
  },
  {
    name: "amneziawg",
    provider: "AmneziaWG",
    exports: "`S1` to `S4` or `H1` to `H4` other than WireGuard's",
    importDoes: "refuses it by that name: wireproxy cannot speak it",
    refusal: ["amneziawg.conf:5: this is a config of AmneziaWG", "plain WireGuard"],
    check: ["5: this is a config of AmneziaWG, whose messages (S1 to S4, H1 to H4) wireproxy cannot speak"],
  },
  {
    name: "amneziawg-plain",
    provider: "AmneziaWG before a plain server, as for WARP",
    exports: "junk packets, all else WireGuard's",
    importDoes: "takes it; warns that nothing is hidden",
    warnings: ["6: these are keys of AmneziaWG: wireproxy sends no junk packets, and hides nothing"],
  },
  {
    name: "windows-editor",
    provider: "any of them, saved by an editor on Windows",
    exports: "UTF-16, or UTF-8 with a byte order mark",
    importDoes: "writes it as UTF-8",
    changes: ["1: the file is written as UTF-8; it was UTF-16"],
    check: ["windows-editor.conf is not UTF-8 text in line 1"],
    wireproxy: "key-value delimiter not found",
  },
];
