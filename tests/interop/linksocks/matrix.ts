import { goPeers } from "../../rig/linksocks-go.ts";
import { OWN_LINKSOCKS as own } from "../../rig/linksocks-own.ts";
import type { LinksocksProgram } from "../../rig/linksocks-peer.ts";

export interface Pair {
  readonly server: LinksocksProgram;
  /** Client or provider. */
  readonly client: LinksocksProgram;
}

export interface Triple {
  readonly server: LinksocksProgram;
  readonly provider: LinksocksProgram;
  readonly connector: LinksocksProgram;
}

const others = goPeers();

/** Our own program with itself, and with each Go program on either end. */
export const PAIRS: readonly Pair[] = [
  { server: own, client: own },
  ...others.flatMap((go) => [
    { server: own, client: go },
    { server: go, client: own },
  ]),
];

/**
 * Our own program in every place, and in any one or two, the rest being one Go program. In groups, since the tests of all
 * at a time would be too many processes.
 */
export const TRIPLE_GROUPS: readonly { readonly name: string; readonly triples: readonly Triple[] }[] = [
  { name: own.name, triples: [{ server: own, provider: own, connector: own }] },
  ...others.map((go) => ({
    name: go.name,
    triples: [
      { server: own, provider: own, connector: go },
      { server: own, provider: go, connector: own },
      { server: go, provider: own, connector: own },
      { server: own, provider: go, connector: go },
      { server: go, provider: own, connector: go },
      { server: go, provider: go, connector: own },
    ],
  })),
];

export const TRIPLES: readonly Triple[] = TRIPLE_GROUPS.flatMap(({ triples }) => triples);

/** For the names of tests. */
export function nameTriple({ server, provider, connector }: Triple): string {
  return `server ${server.name}, provider ${provider.name}, connector ${connector.name}`;
}
