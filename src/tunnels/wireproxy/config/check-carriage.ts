import { parseAddressRange, withinRanges } from "../../../net/address-range.ts";
import { isIPv4 } from "../../../platform/network/ip-address.ts";
import type { InterfaceSection, PeerSection } from "./wireguard-sections.ts";

type Family = "IPv4" | "IPv6";

/** IPv6 has no links below it: RFC 8200, section 5. */
const LEAST_IPV6_MTU = 1_280;
/** What a packet of Ethernet holds; WireGuard adds 60 or 80 bytes. */
const ETHERNET_MTU = 1_500;

/**
 * Finds what wireproxy starts with although nothing, or not all, can come through: it would report nothing, and every
 * connection would fail.
 */
export function checkCarriage(own: InterfaceSection, peers: readonly PeerSection[]): void {
  checkAddresses(own, peers);
  checkKeys(own, peers);
  checkEndpoints(own, peers);
  checkFamilies(own, peers);
  checkLargestPacket(own);
  checkHosts(peers);
  checkRoutes(own, peers);
  checkReachable(own, peers, "DNS", own.dns, "so names cannot be looked up");
  checkReachable(own, peers, "CheckAlive", own.checkAlive, "so the check fails for ever");
}

function checkAddresses({ section, addresses }: InterfaceSection, peers: readonly PeerSection[]): void {
  if (addresses?.length === 0) {
    const message = "Address is missing in this section: the tunnel would start, and every connection fail";
    const isServer = peers.length > 0 && peers.every((peer) => !peer.section.has("Endpoint"));
    const hint = isServer
      ? "this is a server's own file: use the one that it gives to a client"
      : `add ${ADDRESS_HINT}`;
    section.report("error", "Address", message, hint);
  }
  if (addresses?.some(isNotBeyondHere) !== true) return;
  const message = "Address holds one that no host in a network can have: no answer would find it";
  section.report("error", "Address", message, `write ${ADDRESS_HINT}`);
}

const ADDRESS_HINT =
  "Address = with the address that your provider gives to this key; for NordVPN's NordLynx it is 10.5.0.2/32";

function checkKeys({ section, privateKey }: InterfaceSection, peers: readonly PeerSection[]): void {
  if (privateKey !== undefined && isZero(privateKey)) {
    section.report("error", "PrivateKey", "PrivateKey is all zeros, which is no key", KEY_HINT);
  }
  const known = new Map<string, number>();
  for (const { section: peer, publicKey } of peers) {
    if (publicKey === undefined) continue;
    const [text, first] = [publicKey.toBase64(), known.get(publicKey.toBase64())];
    known.set(text, first ?? peer.lineOf("PublicKey"));
    if (isZero(publicKey)) peer.report("error", "PublicKey", "PublicKey is all zeros, which is no key", KEY_HINT);
    if (text === privateKey?.toBase64()) {
      peer.report("error", "PublicKey", "PublicKey is the tunnel's own PrivateKey: no peer can answer to it", KEY_HINT);
    }
    if (first !== undefined) {
      const message = `the peer of line ${first} has the same PublicKey: wireproxy makes one peer of both`;
      peer.report("warning", "PublicKey", message, "keep one of the two sections, with all AllowedIPs in it");
    }
  }
}

const KEY_HINT = "copy the key from your provider's file";

function checkEndpoints({ listenPort }: InterfaceSection, peers: readonly PeerSection[]): void {
  const isDeaf = listenPort === 0 && peers.every(({ section }) => !section.has("Endpoint"));
  for (const { section, endpoint } of peers) {
    if (!section.has("Endpoint")) {
      const hint = "add Endpoint = host:port";
      if (isDeaf) {
        const message = "no peer has an Endpoint, and without ListenPort none can call: nothing would ever answer";
        section.report("error", undefined, message, `${hint}; a server's own file has none, use a client's`);
      } else {
        const message = "Endpoint is missing in this section: the tunnel works only if the peer calls first";
        section.report("warning", undefined, message, hint);
      }
    } else if (endpoint !== undefined && isNoHost(endpoint.host)) {
      const message = "Endpoint is an address that no host can have";
      section.report("error", "Endpoint", message, "write the server's name or address");
    }
  }
}

/** A packet needs an address of its own family, and a peer that takes it. */
function checkFamilies({ section, addresses, mtu }: InterfaceSection, peers: readonly PeerSection[]): void {
  const own = new Set(addresses?.map(familyOf));
  if (own.has("IPv6") && mtu < LEAST_IPV6_MTU) {
    const isAlone = !own.has("IPv4");
    const effect = isAlone ? "nothing comes through" : "only IPv4 comes through";
    const message = `MTU is below ${LEAST_IPV6_MTU}, which IPv6 needs: ${effect}`;
    const hint = `write MTU = ${LEAST_IPV6_MTU}, or an IPv4 address for Address`;
    section.report(isAlone ? "error" : "warning", "MTU", message, hint);
  }
  if (own.size === 0) return;
  for (const { section: peer, allowedIps } of peers) {
    if (allowedIps.some((network) => own.has(familyOf(network)))) continue;
    const [family] = own;
    const message = `AllowedIPs has no ${family} network, and Address is ${family} alone: this peer gets nothing`;
    const hint = `add ${family === "IPv4" ? "0.0.0.0/0" : "::/0"} to AllowedIPs, or an address of the other kind to Address`;
    peer.report(peers.length === 1 ? "error" : "warning", "AllowedIPs", message, hint);
  }
}

/** 0.0.0.0 without /0 is one host, which nobody is; wireproxy takes it. */
function checkHosts(peers: readonly PeerSection[]): void {
  for (const { section, allowedIps } of peers) {
    if (!allowedIps.every((network) => NOBODY.has(network))) continue;
    const hint = "write 0.0.0.0/0, ::/0 for all traffic";
    const message = "AllowedIPs has only 0.0.0.0 or ::, which no host has: nothing is sent to this peer";
    section.report(peers.length === 1 ? "error" : "warning", "AllowedIPs", message, hint);
  }
}

const NOBODY = new Set(["0.0.0.0/32", "::/128"]);

function checkLargestPacket({ section, mtu }: InterfaceSection): void {
  if (mtu <= ETHERNET_MTU) return;
  const message = `MTU is above ${ETHERNET_MTU}: large packets are taken apart on the way, or lost`;
  section.report("warning", "MTU", message, "write MTU = 1420, or less");
}

/** The last of two peers gets what both would take. */
function checkRoutes({ addresses }: InterfaceSection, peers: readonly PeerSection[]): void {
  const ownNetworks = new Set(addresses?.map((address) => `${address}/${isIPv4(address) ? 32 : 128}`));
  const takers = new Map(peers.flatMap((peer) => peer.allowedIps.map((network) => [network, peer] as const)));
  for (const peer of peers) {
    const { section, allowedIps } = peer;
    if (allowedIps.every((network) => ownNetworks.has(network))) {
      const message = "AllowedIPs has only this tunnel's own address: nothing is sent to this peer";
      const hint = "write AllowedIPs = 0.0.0.0/0, ::/0 for all traffic, or the networks behind the peer";
      section.report(peers.length === 1 ? "error" : "warning", "AllowedIPs", message, hint);
    }
    const lost = allowedIps.find((network) => takers.get(network) !== peer);
    if (lost === undefined) continue;
    const isSilent = allowedIps.every((network) => takers.get(network) !== peer);
    const message = `AllowedIPs has ${isSilent ? "only networks" : "a network"} that a later peer, on line ${takers.get(lost)?.section.line}, gets`;
    const hint = "give each network to one peer; for a choice of peers make one config of each, and use failover";
    section.report("warning", "AllowedIPs", message, hint);
  }
}

/** An address within the tunnel is reached only over the peer whose network has it. */
function checkReachable(
  { section, addresses }: InterfaceSection,
  peers: readonly PeerSection[],
  key: string,
  wanted: readonly string[],
  effect: string,
): void {
  if (wanted.length === 0 || addresses === undefined || addresses.length === 0 || peers.length === 0) return;
  const families = new Set(addresses.map(familyOf));
  const isReached = (address: string) =>
    families.has(familyOf(address)) &&
    !addresses.includes(address) &&
    !isNotBeyondHere(address) &&
    peers.some(({ allowedIps }) => allowedIps.some((text) => parseAddressRange(text)?.contains(address)));
  if (wanted.slice(0, MOST_TRIED).some(isReached)) return;
  const message = `${key} has no address that the tunnel reaches, ${effect}`;
  const hint = `write an address that is in AllowedIPs and of a kind that Address has (${[...families].join(" and ")})`;
  section.report("warning", key, message, hint);
}

/** A hostile file could have ten thousands of addresses and as many networks. */
const MOST_TRIED = 8;

/** Nobody has such an address: unspecified, multicast and broadcast. */
const NOBODYS = ["0.0.0.0/8", "224.0.0.0/4", "255.255.255.255", "::", "ff00::/8"];
const isNoHost = withinRanges(...NOBODYS);
const isNotBeyondHere = withinRanges(...NOBODYS, "127.0.0.0/8", "::1");

function familyOf(address: string): Family {
  return address.includes(":") ? "IPv6" : "IPv4";
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
