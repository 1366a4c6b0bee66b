import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { freePort } from "../../rig/free-port.ts";
import { udpOk, webOk } from "../../rig/linksocks-checks.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { LOOPBACKS } from "../../rig/linksocks-targets.ts";
import { until } from "../../rig/until.ts";
import { closeTwice } from "./close-twice.ts";
import { SERVER_LOST } from "./log-lines.ts";
import { PAIRS } from "./matrix.ts";
import { openTargets } from "./targets.ts";

const token = "forward";

const { web, echo } = openTargets();

for (const { server: serverProgram, client: clientProgram } of PAIRS) {
  describe(`forward, server ${serverProgram.name}, client ${clientProgram.name}:`, () => {
    const peers = new AsyncDisposableStack();
    let client: LinksocksPeer;
    beforeAll(async () => {
      const server = peers.use(await serverProgram.start("server", { token }));
      client = peers.use(await clientProgram.start("client", { url: server.url, token }));
    });
    afterAll(() => peers.disposeAsync());

    for (const host of LOOPBACKS) {
      test(`forward token, client, GET from ${host}: web ok`, async () => {
        await webOk({ port: client.socksPort }, web(host));
      });
    }

    for (const host of [...LOOPBACKS, "localhost"]) {
      test(`UDP to ${host}: udp ok`, async () => {
        await udpOk({ port: client.socksPort }, echo(host));
      });
    }

    for (const [what, options] of Object.entries({ "2 threads": { threads: 2 }, "fast-open": { fastOpen: true } })) {
      test(`client with ${what}, 3 GETs: web ok each`, async () => {
        await using server = await serverProgram.start("server", { token });
        await using other = await clientProgram.start("client", { url: server.url, token, ...options });
        for (let number = 0; number < 3; number++) await webOk({ port: other.socksPort }, web());
      });
    }

    test("closing server and client twice each is no error and no crash", async () => {
      await using server = await serverProgram.start("server", { token });
      await using other = await clientProgram.start("client", { url: server.url, token });
      await closeTwice(serverProgram, server);
      await closeTwice(clientProgram, other);
    });
  });
}

describe("forward, with a server that returns:", () => {
  for (const { server: serverProgram, client: clientProgram } of PAIRS) {
    test.concurrent(`server ${serverProgram.name}, client ${clientProgram.name}: the client notices, and reconnects by itself: web ok`, async () => {
      const port = freePort();
      await using first = await serverProgram.start("server", { port, token });
      await using client = await clientProgram.start("client", { url: first.url, token });
      await first.end();
      await until("the client notices", () => SERVER_LOST.test(client.output()));
      await using _second = await serverProgram.start("server", { port, token });
      await webOk({ port: client.socksPort }, web());
      expect(client.hasEnded()).toBe(false);
    });
  }
});
