import { afterEach, describe, expect, test } from "bun:test";
import { settled } from "../../rig/event-loop.ts";
import { freePort } from "../../rig/free-port.ts";
import { authResponseFrame, frame, str8, TYPE } from "../../rig/linksocks-frames.ts";
import type { RawLink } from "../../rig/raw-link.ts";
import { startRawServer } from "../../rig/raw-server.ts";
import { errorOf } from "../../rig/rejection.ts";
import { until } from "../../rig/until.ts";
import { reverse } from "../server/token-rig.ts";
import { echo, serve, start, stopAll, stopAtEnd } from "./running-rig.ts";

afterEach(stopAll);

describe("a provider", () => {
  test("a provider reaches targets for those who come by its connector token, which is there when it is ready", async () => {
    const { server, url } = await serve();
    server.tokens.addReverse(reverse("r1", { autonomy: true }));
    const { client: provider, lines } = await start({ url, token: "r1", role: "provider", connectorToken: "c1" });
    await provider.ready;
    expect([server.tokens.findByText("c1")?.kind, provider.socksPort]).toEqual(["connector", undefined]);
    expect(lines).toContain("info the connector token is registered");
    const { client: connector } = await start({ url, token: "c1" });
    await connector.ready;
    expect(await echo(connector)).toBe("hello");
    await until("the count", () => provider.status().sentBytes === 5);
  });

  test("a provider registers its token once, however many connections it has", async () => {
    const { server, url } = await serve();
    server.tokens.addReverse(reverse("r1", { autonomy: true }));
    const { client, lines } = await start({ url, token: "r1", role: "provider", connectorToken: "c1", threads: 3 });
    await until("all", () => client.status().connected === 3);
    await client.ready;
    expect(lines.filter((line) => line.includes("connector token"))).toEqual([
      "info the connector token is registered",
    ]);
  });

  test("a provider is not ready before its token is registered, whichever of its connections is about that", async () => {
    const links: RawLink[] = [];
    const server = startRawServer({
      onLink(link) {
        links.push(link);
        link.send(authResponseFrame());
      },
    });
    stopAtEnd(() => server[Symbol.asyncDispose]());
    const { client } = await start({ url: server.url, role: "provider", connectorToken: "c1", threads: 2 });
    await until("both", () => client.status().connected === 2);
    const asked = await until("the request", () => links.find(({ received }) => received.length > 0));
    expect(await settled(client.ready)).toBe(false);
    asked.send(frame(TYPE.connectorResponse, (await asked.next(0x07)).subarray(2, 18), [1], str8("c1")));
    await client.ready;
    expect(links.flatMap(({ received }) => received)).toHaveLength(1);
  });

  test("a provider asks anew for its connector token where the connection goes before the answer comes", async () => {
    const links: RawLink[] = [];
    const server = startRawServer({
      onLink(link) {
        links.push(link);
        link.send(authResponseFrame());
      },
    });
    stopAtEnd(() => server[Symbol.asyncDispose]());
    const { client } = await start({ url: server.url, role: "provider", connectorToken: "c1", reconnectDelayMs: 1 });
    const first = await until("the first connection", () => links[0]);
    await first.next(0x07);
    first.close();
    const second = await until("the second connection", () => links[1]);
    second.send(frame(TYPE.connectorResponse, (await second.next(0x07)).subarray(2, 18), [1], str8("c1")));
    await client.ready;
  });

  test("a provider ends where its connector token cannot be had", async () => {
    const { server, url } = await serve();
    server.tokens.addReverse(reverse("r1", { port: freePort() }));
    const { client } = await start({ url, token: "r1", role: "provider", connectorToken: "c1" });
    for (const promise of [client.ready, client.ended]) {
      expect(await errorOf(promise)).toMatchObject({
        code: "start-failed",
        message: "the server refused the connector token: Unauthorized connector management attempt",
      });
    }
  });

  test("a provider registers its connector token, and again at a new server", async () => {
    const port = freePort();
    const former = await serve({ port });
    former.server.tokens.addReverse(reverse("r1", { autonomy: true }));
    const { client } = await start({ url: former.url, token: "r1", role: "provider", connectorToken: "c1" });
    await client.ready;
    expect(kept(former)).toEqual(["c1"]);
    await former.stop();
    const again = await serve({ port }, (server) => server.tokens.addReverse(reverse("r1", { autonomy: true })));
    await until("the token", () => kept(again).length === 1);
    expect(kept(again)).toEqual(["c1"]);
  });
});

/** Connector tokens that there are, by name. */
function kept({ server }: Awaited<ReturnType<typeof serve>>): readonly string[] {
  return server.tokens.list().flatMap(({ kind, text }) => (kind === "connector" ? text : []));
}
