import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { udpOk, webOk } from "../../rig/linksocks-checks.ts";
import { goPeers } from "../../rig/linksocks-go.ts";
import {
  LOOPBACKS,
  startGreeter,
  startSink,
  startSource,
  startUdpEcho,
  startWebTarget,
  type Target,
} from "../../rig/linksocks-targets.ts";
import { accepts } from "../../rig/socks.ts";
import { connectThroughSocks } from "../../rig/socks5-client.ts";
import { until } from "../../rig/until.ts";

const STREAM_BYTES = 8_000_000;

let web: Target;
let echo: Target;

beforeAll(async () => {
  web = startWebTarget();
  echo = await startUdpEcho();
});
afterAll(() => {
  web[Symbol.dispose]();
  echo[Symbol.dispose]();
});

for (const { name, start } of goPeers()) {
  describe(`the rig, with ${name} on both ends`, () => {
    test("forward carries web and UDP, to addresses and by name", async () => {
      await using server = await start("server", { token: "forward" });
      await using client = await start("client", { url: server.url, token: "forward" });
      await carries({ port: client.socksPort }, [...LOOPBACKS, "localhost"]);
    });

    test("reverse with credentials carries web and UDP", async () => {
      const credentials = { username: "alice", password: "secret" };
      await using server = await start("server", {
        token: "reverse",
        reverse: true,
        socksUsername: credentials.username,
        socksPassword: credentials.password,
      });
      await using provider = await start("provider", { url: server.url, token: "reverse" });
      const port = server.socksPort;
      await until("the reverse port is open", () => accepts(port));
      await carries({ port, ...credentials }, LOOPBACKS);
      await expect(webOk({ port }, { host: "127.0.0.1", port: web.port })).rejects.toThrow("refused with 255");
      const wrong = webOk({ port, username: "alice", password: "wrong" }, { host: "127.0.0.1", port: web.port });
      await expect(wrong).rejects.toThrow("refused with 256");
      expect(provider.hasEnded()).toBe(false);
    });

    test("agent with a connector token from the server carries web and UDP through both ports", async () => {
      await using server = await start("server", { token: "reverse", reverse: true, connectorToken: "connector" });
      await using _provider = await start("provider", { url: server.url, token: "reverse" });
      await using connector = await start("connector", { url: server.url, token: "connector" });
      await until("the reverse port is open", () => accepts(server.socksPort));
      await carries({ port: server.socksPort }, LOOPBACKS);
      await carries({ port: connector.socksPort }, LOOPBACKS);
    });

    test("agent with a connector token from the provider carries web and UDP", async () => {
      await using server = await start("server", { token: "reverse", reverse: true, autonomy: true });
      await using _provider = await start("provider", {
        url: server.url,
        token: "reverse",
        connectorToken: "connector",
      });
      await using connector = await start("connector", { url: server.url, token: "connector" });
      await carries({ port: connector.socksPort }, LOOPBACKS);
    });

    test("what streams through forward arrives whole either way, and a target may speak first", async () => {
      await using server = await start("server", { token: "forward" });
      await using client = await start("client", { url: server.url, token: "forward" });
      const through = (target: Target) =>
        connectThroughSocks({ port: client.socksPort }, { host: "127.0.0.1", port: target.port });

      using source = startSource(STREAM_BYTES, "zeros");
      using download = await through(source);
      const bytes = await download.readExactly(STREAM_BYTES);
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(source.sha256);

      using sink = startSink(STREAM_BYTES);
      using upload = await through(sink);
      for (const piece of source.content()) await upload.write(piece);
      expect(await sink.received).toEqual({ length: STREAM_BYTES, sha256: source.sha256 });

      using greeter = startGreeter("220 at your service");
      using greeted = await through(greeter);
      expect(Buffer.from(await greeted.readExactly(19)).toString()).toBe("220 at your service");
    });

    test("the start with a wrong token fails and says why", async () => {
      await using server = await start("server", { token: "forward" });
      await expect(start("client", { url: server.url, token: "wrong" })).rejects.toThrow("invalid token");
    });
  });
}

async function carries(proxy: Parameters<typeof webOk>[0], hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    await webOk(proxy, { host, port: web.port });
    await udpOk(proxy, { host, port: echo.port });
  }
}
