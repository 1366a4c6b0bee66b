import { afterAll, beforeAll, describe, test } from "bun:test";
import { webOk } from "../../rig/linksocks-checks.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { accepts } from "../../rig/socks.ts";
import type { SocksProxy } from "../../rig/socks5-client.ts";
import { until } from "../../rig/until.ts";
import { nameTriple, TRIPLES, type Triple } from "./matrix.ts";
import { openTargets } from "./targets.ts";

const token = "reverse";
const connectorToken = "connector";

/** By whether the server has fast-open: the names of the tests without and with a fast-open connector. */
const CASES = [
  { fastOpen: false, names: ["GET through both ports: web ok", "fast-open on the connector only: both web ok"] },
  { fastOpen: true, names: ["fast-open on the server only: both web ok", "fast-open on both: both web ok"] },
] as const;

const { web } = openTargets();

for (const triple of TRIPLES) {
  for (const { fastOpen, names } of CASES) {
    describe(`agent, ${nameTriple(triple)}:`, () => {
      const peers = new AsyncDisposableStack();
      let server: LinksocksPeer;
      beforeAll(async () => {
        server = peers.use(await triple.server.start("server", { token, reverse: true, connectorToken, fastOpen }));
        peers.use(await triple.provider.start("provider", { url: server.url, token }));
        await until("the reverse port is open", () => accepts(server.socksPort));
      });
      afterAll(() => peers.disposeAsync());

      for (const [index, name] of names.entries()) {
        test(name, async () => {
          const isFast = index === 1;
          const options = { url: server.url, token: connectorToken, fastOpen: isFast };
          await using connector = await triple.connector.start("connector", options);
          await webOk({ port: server.socksPort }, web());
          const proxy = { port: connector.socksPort };
          if (isFast && losesRequests(triple)) await webOkAtLast(proxy);
          else await webOk(proxy, web());
        });
      }
    });
  }
}

/** A Go server drops what a connector sends before a provider is found, and a Go connector with fast-open does not wait. */
function losesRequests({ server, connector }: Triple): boolean {
  return server !== OWN_LINKSOCKS && connector !== OWN_LINKSOCKS;
}

/** A lost request is never answered: each one is waited for twice as long as the one before. */
async function webOkAtLast(proxy: SocksProxy): Promise<void> {
  let patience = 250;
  await until("web ok", () => {
    patience *= 2;
    return webOk(proxy, web(), patience).then(
      () => true,
      () => false,
    );
  });
}
