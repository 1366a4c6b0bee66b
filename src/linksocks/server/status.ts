import type { Peers } from "./peers.ts";
import type { Token, TokenRegistry } from "./tokens.ts";

/**
 * What `GET /api/status` says of the tokens, in the order in which they were made;
 * docs/protocols/linksocks.md#http-api-of-the-server.
 */
export function describeTokens({ tokens, peers }: { readonly tokens: TokenRegistry; readonly peers: Peers }) {
  const all = tokens.list();
  return all
    .filter(({ kind }) => kind !== "connector")
    .map((token) => ({
      token: token.text,
      type: token.kind,
      clients_count: peers.withToken(token.text).length,
      ...(token.kind === "reverse" ? { port: token.port, ...connectorsOf(token, all) } : {}),
    }));
}

/** Left out where there are none. */
function connectorsOf({ text }: Token, all: readonly Token[]) {
  const connectors = all.filter(({ kind, reverseToken }) => kind === "connector" && reverseToken === text);
  return connectors.length === 0 ? {} : { connector_tokens: connectors.map((connector) => connector.text) };
}
