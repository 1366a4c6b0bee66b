import type { ParseOptions, TunnelConfig } from "../../../../src/tunnels/config/tunnel-config.ts";
import { parseWireproxyConfig } from "../../../../src/tunnels/wireproxy/config/config.ts";
import type { WireguardSettings } from "../../../../src/tunnels/wireproxy/config/wireguard-sections.ts";
import { generateKeys } from "../../../rig/keys.ts";

export const KEYS = generateKeys();

export interface SampleParts {
  readonly top?: string;
  readonly interface?: string;
  readonly peer?: string;
  /** In place of the one SOCKS5 listener. */
  readonly rest?: string;
}

/** A config without a fault, and what a test adds to it. Lines added to a section come last in it. */
export function sampleConfig(parts: SampleParts = {}): string {
  const address = parts.interface?.includes("Address") ? "#" : "Address = 10.0.0.2/32";
  const dns = parts.interface?.includes("DNS") ? "" : "DNS = 10.0.0.1\n";
  const endpoint = parts.peer?.includes("Endpoint") ? "" : "Endpoint = 192.0.2.1:51820\n";
  return `${parts.top === undefined ? "" : `${parts.top}\n`}[Interface]
PrivateKey = ${KEYS.privateKey}
${address}
${dns}${parts.interface ?? ""}
[Peer]
PublicKey = ${KEYS.publicKey}
${endpoint}${parts.peer ?? ""}
${parts.rest ?? "[Socks5]\nBindAddress = 127.0.0.1:25344"}
`;
}

/** Parses a text as `/confs/us-east.conf`; no other file exists. */
export function parse(text: string, options: Partial<ParseOptions> = {}): TunnelConfig<WireguardSettings> {
  return parseWireproxyConfig(text, {
    file: "/confs/us-east.conf",
    environment: {},
    readFile: () => undefined,
    ...options,
  });
}

/** What is found in a text, without the hints: `error 7: …`. */
export function findIn(text: string, options: Partial<ParseOptions> = {}): readonly string[] {
  return parse(text, options).findings.map((finding) => `${finding.severity} ${finding.line}: ${finding.message}`);
}
