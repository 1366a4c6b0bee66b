import { describe, expect, test } from "bun:test";
import { freePort } from "../../rig/free-port.ts";
import { webOk } from "../../rig/linksocks-checks.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { accepts } from "../../rig/socks.ts";
import { until } from "../../rig/until.ts";
import { nameTriple, TRIPLE_GROUPS, type Triple } from "./matrix.ts";
import { openTargets } from "./targets.ts";
import { API_KEY, openTokenApi } from "./token-api.ts";

const token = "reverse";
const connectorToken = "CONNECTOR";

const { web } = openTargets();

for (const { name, triples } of TRIPLE_GROUPS) {
  describe(`autonomy, with ${name}, the provider adds a connector: the server's SOCKS port refuses, the connector's: web ok`, () => {
    for (const triple of triples) {
      test(nameTriple(triple), async () => {
        await using server = await triple.server.start("server", { token, reverse: true, autonomy: true });
        await using _provider = await triple.provider.start("provider", { url: server.url, token, connectorToken });
        await using connector = await triple.connector.start("connector", { url: server.url, token: connectorToken });
        expect(await accepts(server.socksPort)).toBe(false);
        await webOk({ port: connector.socksPort }, web());
      });
    }
  });

  describe(`autonomy, with ${name}, the connector removed and the server restarted: the provider replays it, a connector logs in: web ok`, () => {
    for (const triple of triples) {
      test.concurrent(nameTriple(triple), async () => {
        const port = freePort();
        await using first = await triple.server.start("server", { port, apiKey: API_KEY });
        const api = openTokenApi(first);
        await api.add({ type: "reverse", token, allow_manage_connector: true });
        await using _provider = await triple.provider.start("provider", { url: first.url, token, connectorToken });
        expect(await api.remove(connectorToken)).toEqual({ success: true, token: connectorToken });
        await first.end();
        await using second = await triple.server.start("server", { port, token, reverse: true, autonomy: true });
        await using connector = await startOnceKnown(triple, second);
        await webOk({ port: connector.socksPort }, web());
      });
    }
  });
}

/** Until the provider has replayed it, the server knows no such token. */
async function startOnceKnown({ connector }: Triple, { url }: LinksocksPeer): Promise<LinksocksPeer> {
  return await until("a connector can log in", () =>
    connector.start("connector", { url, token: connectorToken }).catch(() => undefined),
  );
}
