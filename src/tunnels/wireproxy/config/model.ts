import type { HostAndPort } from "../../../net/host-and-port.ts";
import type { ListenAddress } from "../../../platform/network/listeners.ts";
import type { KnownSection } from "./known-sections.ts";

/** What the house needs to know of a config. Keys and passwords were dropped when it was read. */
export interface WireproxyConfig {
  readonly interface: InterfaceSettings | undefined;
  readonly peers: readonly PeerSettings[];
  /** Where programs of this machine find a way in. One whose address could not be read is missing here. */
  readonly listeners: readonly Listener[];
  /** Every section that wireproxy knows, in order. */
  readonly sections: readonly { readonly name: KnownSection; readonly line: number }[];
  readonly resolveStrategy: "auto" | "ipv4" | "ipv6";
  /** `host:port` of each SOCKS5 listener. */
  readonly socks5Addresses: readonly string[];
  /** SHA-256 of the private key, 64 hex digits; empty where the key is missing or invalid, which is a finding. */
  readonly privateKeyFingerprint: string;
}

export interface InterfaceSettings {
  readonly line: number;
  /** IP addresses, each perhaps with a prefix length. */
  readonly addresses: readonly string[];
  readonly dns: readonly string[];
  readonly mtu: number;
  readonly listenPort: number | undefined;
  readonly checkAlive: readonly string[];
  readonly checkAliveSeconds: number;
}

export interface PeerSettings {
  readonly line: number;
  /** Base64, as written. */
  readonly publicKey: string | undefined;
  readonly endpoint: HostAndPort | undefined;
  readonly keepaliveSeconds: number;
  /** Empty: everything. */
  readonly allowedIps: readonly string[];
}

export type ListenerKind = "socks5" | "http" | "sni" | "tcp-client" | "udp";

export interface Listener extends ListenAddress {
  readonly kind: ListenerKind;
  /** Of its BindAddress. */
  readonly line: number;
  /** It asks for a password that is not empty. */
  readonly protected: boolean;
}
