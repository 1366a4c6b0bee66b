import { describe, expect, test } from "bun:test";
import { startCountingRelay } from "../../rig/counting-relay.ts";
import { freePort } from "../../rig/free-port.ts";
import { webOk } from "../../rig/linksocks-checks.ts";
import { serverUrl } from "../../rig/linksocks-peer.ts";
import { until } from "../../rig/until.ts";
import { startGate } from "./gate.ts";
import { CLIENT_GONE } from "./log-lines.ts";
import { nameTriple, TRIPLE_GROUPS } from "./matrix.ts";
import { openTargets } from "./targets.ts";
import { API_KEY, openTokenApi } from "./token-api.ts";

const WAIT_SECONDS = 60;
const token = "reverse";

for (const { name, triples } of TRIPLE_GROUPS) {
  describe(`agent, with ${name}, a request waits for a provider that joins later: web ok`, () => {
    const { web } = openTargets();
    for (const triple of triples) {
      test.concurrent(nameTriple(triple), async () => {
        const port = freePort();
        const options = { port, apiKey: API_KEY, connectorWaitSeconds: WAIT_SECONDS };
        await using server = await triple.server.start("server", options);
        const { url } = server;
        const api = openTokenApi(server);
        await api.add({ type: "reverse", token, port: freePort() });
        await api.add({ type: "connector", token: "connector", reverse_token: token });
        await using leaving = await triple.provider.start("provider", { url, token });
        using relay = startCountingRelay(port);
        const connects = { url: serverUrl(relay.port), token: "connector" };
        await using connector = await triple.connector.start("connector", connects);
        await leaving.end();
        await until("the server notices", () => CLIENT_GONE.test(server.output()));
        expect(await api.countClients(token)).toBe(0);

        using gate = startGate(port);
        const joins = { url: serverUrl(gate.port), token, awaitReady: false };
        await using _joining = await triple.provider.start("provider", joins);
        await gate.visited;
        const before = relay.fromClient;
        const request = webOk({ port: connector.socksPort }, web());
        await until("the server has the request", () => relay.fromClient > before);
        gate.open();
        await request;
      });
    }
  });
}
