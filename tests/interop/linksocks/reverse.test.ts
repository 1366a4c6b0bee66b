import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { freePort } from "../../rig/free-port.ts";
import { udpOk, webOk } from "../../rig/linksocks-checks.ts";
import { LOOPBACKS } from "../../rig/linksocks-targets.ts";
import { accepts } from "../../rig/socks.ts";
import type { SocksProxy } from "../../rig/socks5-client.ts";
import { until } from "../../rig/until.ts";
import { closeTwice } from "./close-twice.ts";
import { CLIENT_GONE, SERVER_LOST } from "./log-lines.ts";
import { PAIRS } from "./matrix.ts";
import { openTargets } from "./targets.ts";
import { API_KEY, openTokenApi } from "./token-api.ts";

const token = "reverse";
const credentials = { username: "alice", password: "secret" };

const { web, echo } = openTargets();

for (const { server: serverProgram, client: providerProgram } of PAIRS) {
  describe(`reverse, server ${serverProgram.name}, provider ${providerProgram.name}:`, () => {
    const peers = new AsyncDisposableStack();
    let proxy: SocksProxy;
    beforeAll(async () => {
      const { socksPort, url } = peers.use(
        await serverProgram.start("server", {
          token,
          reverse: true,
          socksUsername: credentials.username,
          socksPassword: credentials.password,
        }),
      );
      peers.use(await providerProgram.start("provider", { url, token }));
      await portOpens(socksPort);
      proxy = { port: socksPort, ...credentials };
    });
    afterAll(() => peers.disposeAsync());

    test("a reverse port with user and password answers a GET with them, and none without", async () => {
      await expect(webOk({ port: proxy.port }, web())).rejects.toThrow("refused with 255");
      await expect(webOk({ ...proxy, password: "wrong" }, web())).rejects.toThrow("refused with 256");
      await webOk(proxy, web());
    });

    for (const host of LOOPBACKS) {
      test(`GET through the reverse port from ${host}: web ok`, () => webOk(proxy, web(host)));
    }

    for (const host of [...LOOPBACKS, "localhost"]) {
      test(`UDP through the reverse port to ${host}: udp ok`, () => udpOk(proxy, echo(host)));
    }

    test("closing both twice is no error", async () => {
      await using server = await serverProgram.start("server", { token, reverse: true });
      await using provider = await providerProgram.start("provider", { url: server.url, token });
      await closeTwice(serverProgram, server);
      await closeTwice(providerProgram, provider);
    });

    test("through the reverse port of a server with fast-open each of 3 GETs is answered", async () => {
      await using server = await serverProgram.start("server", { token, reverse: true, fastOpen: true });
      await using _provider = await providerProgram.start("provider", { url: server.url, token });
      await portOpens(server.socksPort);
      for (let number = 0; number < 3; number++) await webOk({ port: server.socksPort }, web());
    });

    test("when a provider leaves the server's client list is empty, and another one serves on the same port", async () => {
      await using server = await serverProgram.start("server", { apiKey: API_KEY });
      const api = openTokenApi(server);
      const port = freePort();
      await api.add({ type: "reverse", token, port });
      await using leaving = await providerProgram.start("provider", { url: server.url, token });
      await portOpens(port);
      expect(await api.countClients(token)).toBe(1);
      await leaving.end();
      await until("the server notices", () => CLIENT_GONE.test(server.output()));
      await until("nobody is left", async () => (await api.countClients(token)) === 0);
      await using _joining = await providerProgram.start("provider", { url: server.url, token });
      await webOk({ port }, web());
    });
  });
}

describe("reverse, one port for two tokens:", () => {
  for (const { server: serverProgram, client: providerProgram } of PAIRS) {
    test.concurrent(`server ${serverProgram.name}, provider ${providerProgram.name}: the second is refused while the first has it, and serves a provider afterwards`, async () => {
      await using server = await serverProgram.start("server", { apiKey: API_KEY });
      const api = openTokenApi(server);
      const port = freePort();
      const first = { type: "reverse", token: "first", port };
      const second = { type: "reverse", token: "second", port };
      expect(await api.add(first)).toEqual({ success: true, token: "first", port });
      expect(await api.add(second)).toEqual({ success: false, error: `cannot allocate port: ${port}` });

      await using before = await providerProgram.start("provider", { url: server.url, token: "first" });
      await portOpens(port);
      await webOk({ port }, web());

      await api.remove("first");
      await until("its client is disconnected", () => SERVER_LOST.test(before.output()));
      expect(await api.add(second)).toEqual({ success: true, token: "second", port });
      await using _after = await providerProgram.start("provider", { url: server.url, token: "second" });
      await portOpens(port);
      await webOk({ port }, web());
    });
  }
});

/** Go's server opens it a moment after its first provider is accepted. */
function portOpens(port: number): Promise<boolean> {
  return until("the reverse port is open", () => accepts(port));
}
