import { createTrunkPool, type TrunkPool } from "../channel/trunk-pool.ts";
import type { Peer } from "./admit.ts";
import type { Token } from "./token-registry.ts";

/** Everyone who is connected to a server, by what they may do for one another. */
export type Peers = ReturnType<typeof createPeers>;

export function createPeers() {
  const peers = new Set<Peer>();
  const pools = new Map<string, TrunkPool>();

  return {
    add(peer: Peer): void {
      peers.add(peer);
      if (peer.role === "client") return;
      if (peer.role === "provider") for (const key of keysOf(peer)) poolFor(key).add(peer.trunk);
      updatePartners(peer);
      sendPartnerCount(peer);
    },
    remove(peer: Peer): void {
      if (!peers.delete(peer) || peer.role === "client") return;
      if (peer.role === "provider") for (const key of keysOf(peer)) leavePool(key, peer);
      updatePartners(peer);
    },
    /** The providers of a reverse token. */
    providersOf: (reverseToken: string): TrunkPool => poolFor(reverseToken),
    /** The providers that a connector token leads to: with autonomy only those of the provider that owns it. */
    providersFor,
    /** How many providers a connector token leads to. */
    countFor,
    /** Connected with this token. */
    withToken: (token: string): readonly Peer[] => [...peers].filter((peer) => peer.token.text === token),
    list: (): readonly Peer[] => [...peers],
  };

  function providersFor({ reverseToken, owner }: Token): TrunkPool {
    return poolFor(poolKey(reverseToken, owner));
  }

  /** Without making a pool for those that are not there. */
  function countFor({ reverseToken, owner }: Token): number {
    return pools.get(poolKey(reverseToken, owner))?.size ?? 0;
  }

  function poolFor(key: string): TrunkPool {
    return pools.getOrInsertComputed(key, createTrunkPool);
  }

  /** Nobody else shall find an instance that comes only once. */
  function leavePool(key: string, { trunk }: Peer): void {
    const pool = poolFor(key);
    pool.remove(trunk);
    if (pool.isIdle) pools.delete(key);
  }

  /** Everybody on the other side of a token learns how many there are, on every change. */
  function updatePartners({ role, token }: Peer): void {
    const other = role === "provider" ? "connector" : "provider";
    for (const peer of peers) {
      if (peer.role === other && reverseTokenOf(peer.token) === reverseTokenOf(token)) sendPartnerCount(peer);
    }
  }

  function sendPartnerCount({ role, token, trunk }: Peer): void {
    const count = role === "connector" ? countFor(token) : connectorsOf(token.text);
    trunk.send({ type: "partners", count });
  }

  function connectorsOf(reverseToken: string): number {
    return [...peers].filter(({ role, token }) => role === "connector" && token.reverseToken === reverseToken).length;
  }
}

/** All providers of a token share one pool; an autonomous one is besides in that of its own instance. */
function keysOf({ token, instance }: Peer): readonly string[] {
  const common = poolKey(token.text, undefined);
  return token.autonomy ? [common, poolKey(token.text, instance)] : [common];
}

function poolKey(reverseToken: string, owner: string | undefined): string {
  return owner === undefined ? reverseToken : `${reverseToken}\n${owner}`;
}

function reverseTokenOf({ kind, text, reverseToken }: Token): string {
  return kind === "connector" ? reverseToken : text;
}
