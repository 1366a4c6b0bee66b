import { parseHostAndPort } from "../../net/host-and-port.ts";
import { getFromLoopback } from "../../net/http-get.ts";
import { connectThroughSocks } from "../../net/proxy/socks-client.ts";
import type { Environment } from "../../platform/environment.ts";
import { isIPv6 } from "../../platform/network/ip-address.ts";
import { loadWaysIn } from "../config/tunnel-config.ts";
import type { ChildRecord } from "../driver/child-record.ts";
import { METRICS_PATH } from "./log-signs.ts";
import { METRICS_LIMITS } from "./metrics.ts";

/** Nobody's: networks for documentation (RFC 5737, RFC 3849). A packet to them has the peer that leads there answer. */
const NOBODY = "192.0.2.1";
const NOBODY_6 = "2001:db8::1";
/** The discard port (RFC 863): where anybody is, it says no, which is an answer too. */
const DISCARD = 9;
const PATIENCE_MS = 5_000;
/** More peers than this are not asked. */
const MOST_TARGETS = 8;

/**
 * Asks the SOCKS proxy of a wireproxy for an address of each peer, so that each has to shake hands.
 * @returns false where there is no such proxy.
 */
export async function provokePeers(record: ChildRecord, environment: Environment): Promise<boolean> {
  const address = parseHostAndPort(record.socks ?? "");
  if (address === undefined) return false;
  const proxy = { ...address, ...credentialsOf(record, environment) };
  for (const host of await findTargets(record.infoPort)) {
    connectThroughSocks(proxy, { host, port: DISCARD }, PATIENCE_MS).then(
      (conversation) => conversation[Symbol.dispose](),
      // Refused or too late: it was sent all the same.
      () => undefined,
    );
  }
  return true;
}

function credentialsOf({ configFile }: ChildRecord, environment: Environment) {
  try {
    const socks = loadWaysIn(configFile, { environment, mayBeOpen: true }).listeners.find(
      ({ kind }) => kind === "socks5",
    );
    return socks?.credentials.reveal();
  } catch {
    return undefined;
  }
}

async function findTargets(infoPort: number | null): Promise<readonly string[]> {
  if (infoPort === null) return [NOBODY];
  const text = await getFromLoopback(infoPort, METRICS_PATH, METRICS_LIMITS).catch(() => "");
  const peers = text.split(/^(?=public_key=)/m).slice(1, MOST_TARGETS + 1);
  // It does not tell of its peers yet.
  if (peers.length === 0) return [NOBODY];
  const targets = peers.flatMap((peer) => {
    const networks = [...peer.matchAll(/^allowed_ip=(\S+)$/gm)].map(([, network = ""]) => network);
    return [networks.find((network) => !network.includes(":")), networks.find((network) => network.includes(":"))];
  });
  return targets.flatMap((network) => (network === undefined ? [] : addressWithin(network)));
}

/** @param network with its prefix length, host bits 0. */
function addressWithin(network: string): string {
  const [first = "", bits = ""] = network.split("/");
  if (Number(bits) <= 1) return isIPv6(first) ? NOBODY_6 : NOBODY;
  if (isIPv6(first)) return first.endsWith("::") ? `${first}1` : first;
  return Number(bits) < 31 ? first.replace(/\d+$/, (last) => String(Number(last) + 1)) : first;
}
