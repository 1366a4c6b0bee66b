import type { Peers } from "./peers.ts";
import type { Token } from "./tokens.ts";

/** What GET /api/status tells of one token; reference page linksocks.md section 6.5. */
interface TokenReport {
  readonly token: string;
  readonly type: "forward" | "reverse";
  readonly clients_count: number;
  readonly port?: number;
  readonly connector_tokens?: readonly string[];
}

export interface StatusReport {
  readonly version: string;
  readonly tokens: readonly TokenReport[];
  /** Direct mode, which this server does not have. */
  readonly direct: { readonly enabled: false };
}

/** Every forward and reverse token in the order of its text, with those who are connected by it at this moment. */
export function reportStatus(version: string, tokens: readonly Token[], peers: Pick<Peers, "list">): StatusReport {
  const clients = countClients(peers);
  const connectors = Map.groupBy(
    tokens.filter(({ kind }) => kind === "connector"),
    ({ reverseToken }) => reverseToken,
  );
  const reports = tokens.flatMap(({ kind, text, port }): readonly TokenReport[] => {
    const common = { token: text, clients_count: clients.get(text) ?? 0 };
    if (kind === "forward") return [{ ...common, type: kind }];
    if (kind === "connector") return [];
    const own = connectors.get(text)?.map((connector) => connector.text);
    return [{ ...common, type: kind, port, ...(own === undefined ? {} : { connector_tokens: own.toSorted() }) }];
  });
  return {
    version,
    tokens: reports.toSorted((one, other) => (one.token < other.token ? -1 : 1)),
    direct: { enabled: false },
  };
}

function countClients(peers: Pick<Peers, "list">): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { token } of peers.list()) counts.set(token.text, (counts.get(token.text) ?? 0) + 1);
  return counts;
}
