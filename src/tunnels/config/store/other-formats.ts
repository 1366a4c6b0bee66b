import { Failure } from "../../../platform/failure.ts";

interface OtherFormat {
  readonly sign: RegExp;
  /** Continues a sentence that begins with the file's name. */
  readonly what: string;
  readonly hint: string;
}

const ASK_FOR_FILE = "export the tunnel as a .conf file";

const WRITE_ANEW =
  "write its values as [Interface] with PrivateKey, Address and DNS, and [Peer] with PublicKey, Endpoint and AllowedIPs";

const ARCHIVE = { what: "is a packed archive", hint: "unpack it, and import its folder" };

/** By the first bytes of a file. */
const BINARIES: readonly (Omit<OtherFormat, "sign"> & { readonly heads: readonly (readonly number[])[] })[] = [
  {
    // PNG, JPEG, GIF, RIFF (WebP).
    heads: [
      [0x89, 0x50, 0x4e, 0x47],
      [0xff, 0xd8, 0xff],
      [0x47, 0x49, 0x46, 0x38],
      [0x52, 0x49, 0x46, 0x46],
    ],
    what: "is a picture, perhaps of a QR code",
    hint: `${ASK_FOR_FILE}, or read the code: zbarimg --raw -q PICTURE | wpdaemon config add NAME`,
  },
  { heads: [[0x25, 0x50, 0x44, 0x46]], what: "is a PDF document", hint: ASK_FOR_FILE },
  {
    // gzip, bzip2, xz, zstd, 7z, RAR.
    heads: [
      [0x1f, 0x8b],
      [0x42, 0x5a, 0x68],
      [0xfd, 0x37, 0x7a, 0x58],
      [0x28, 0xb5, 0x2f, 0xfd],
      [0x37, 0x7a, 0xbc, 0xaf],
      [0x52, 0x61, 0x72, 0x21],
    ],
    ...ARCHIVE,
  },
];

/** What people export in place of a WireGuard file; none of it has a section [Interface]. */
const TEXTS: readonly OtherFormat[] = [
  {
    sign: /^\s*<(?:!doctype|html|\?xml)/i,
    what: "is a web page, not a config",
    hint: "log in to your provider's page, and download the file itself",
  },
  {
    sign: /^\s*(?:vpn|wireguard|wg|awg|warp|vless|vmess|trojan|ss|hysteria2?|hy2|tuic):\/\//i,
    what: "is a link for another client",
    hint: ASK_FOR_FILE,
  },
  {
    sign: /^\s*[{[]\s*(?:[{"\]}]|\/\/)/,
    what: "is JSON, as other clients export it",
    hint: ASK_FOR_FILE,
  },
  {
    sign: /^\s*(?:client|dev(?:-type)?\s+tun\S*|remote\s+\S+\s+\d+.*|<(?:ca|cert|key|tls-crypt|tls-auth)>)\s*$/m,
    what: "is a config of OpenVPN",
    hint: "choose WireGuard where your provider lets you download it",
  },
  {
    sign: /^\s*\/interface[ /]wireguard/m,
    what: "is an export of RouterOS",
    hint: 'let the router write the client\'s file: /interface wireguard peers show-client-config [find comment="NAME"]',
  },
  {
    sign: /^\s*interface: \S+\s*\n(?:.*\n)*?\s+public key: /,
    what: "is what wg show prints, which has no keys",
    hint: "use the .conf file, or what wg showconf prints with Address added to it",
  },
  {
    sign: /^\[(?:wireguard|wireguard-peer\..*|NetDev|WireGuardPeer)\]\s*$/m,
    what: "is a file of NetworkManager or systemd-networkd",
    hint: WRITE_ANEW,
  },
  {
    sign: /^\s*config (?:interface|wireguard_\S+)/m,
    what: "is a file of OpenWrt",
    hint: WRITE_ANEW,
  },
  {
    sign: /^\s*set interfaces wireguard /m,
    what: "is a config of VyOS or EdgeOS",
    hint: WRITE_ANEW,
  },
  { sign: /^\s*(?:export\s+)?WIREGUARD_\w+\s*=/m, what: "is a file of variables for a container", hint: WRITE_ANEW },
  {
    sign: /^\s*(?:proxies|proxy-groups|outbounds|endpoints|services):\s*$/m,
    what: "is YAML, as other clients export it",
    hint: ASK_FOR_FILE,
  },
  { sign: /^#!/, what: "is a script", hint: WRITE_ANEW },
  { sign: /^\{\\rtf/, what: "is a document of a word processor", hint: "save it as plain text" },
  { sign: /^\s*$/, what: "is empty", hint: "copy or download it again" },
];

/** Characters of a text that are looked at. */
const MOST_LOOKED_AT = 16_384;

/**
 * Refuses what is no WireGuard file but what another program exports, by its name rather than by its first odd line.
 * @throws Failure `config-invalid`.
 */
export function refuseOtherFormat(content: Uint8Array | string, name: string): void {
  const found = typeof content === "string" ? findText(content.slice(0, MOST_LOOKED_AT)) : findBinary(content);
  if (found !== undefined) throw new Failure("config-invalid", `${name} ${found.what}`, { hint: found.hint });
}

function findText(head: string): OtherFormat | undefined {
  if (/^\s*\[\s*(?:Interface|LinkSocks)\s*\]/im.test(head) && !head.startsWith("{\\rtf")) return undefined;
  return TEXTS.find(({ sign }) => sign.test(head));
}

function findBinary(bytes: Uint8Array): Omit<OtherFormat, "sign"> | undefined {
  if (Buffer.from(bytes.subarray(257, 262)).toString("latin1") === "ustar") return ARCHIVE;
  return BINARIES.find(({ heads }) => heads.some((head) => head.every((byte, index) => bytes[index] === byte)));
}
