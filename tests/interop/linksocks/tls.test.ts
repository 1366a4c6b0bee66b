import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { udpOk, webOk } from "../../rig/linksocks-checks.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { startSink, startSource, startUdpEcho, startWebTarget, type Target } from "../../rig/linksocks-targets.ts";
import { openRawLink } from "../../rig/raw-link.ts";
import { accepts } from "../../rig/socks.ts";
import { connectThroughSocks } from "../../rig/socks5-client.ts";
import { createCertificate, type TestCertificate } from "../../rig/test-certificate.ts";
import { until } from "../../rig/until.ts";

const LARGE_BYTES = 50_000_000;

let certificate: TestCertificate;
let web: Target;
let echo: Target;
beforeAll(async () => {
  certificate = createCertificate();
  web = startWebTarget();
  echo = await startUdpEcho();
});
afterAll(() => {
  for (const used of [certificate, web, echo]) used[Symbol.dispose]();
});

describe("our own server with a certificate", () => {
  test("our own server with a certificate serves a client that trusts it: web and UDP", async () => {
    await using server = await startServer({ token: "token" });
    await using client = await startTrusting("client", server, "token");
    await webOk({ port: client.socksPort }, { host: "127.0.0.1", port: web.port });
    await udpOk({ port: client.socksPort }, { host: "127.0.0.1", port: echo.port });
  });

  test("our own server with a certificate serves a provider and a connector that trust it", async () => {
    await using server = await startServer({ token: "reverse", reverse: true, connectorToken: "connector" });
    await using _provider = await startTrusting("provider", server, "reverse");
    await using connector = await startTrusting("connector", server, "connector");
    await until("the reverse port is open", () => accepts(server.socksPort));
    for (const port of [server.socksPort, connector.socksPort]) {
      await webOk({ port }, { host: "127.0.0.1", port: web.port });
    }
  });

  test("our own server with a certificate carries 50 MB each way, whole, at the same time", async () => {
    await using server = await startServer({ token: "token" });
    await using client = await startTrusting("client", server, "token");
    const through = ({ port }: Target) => connectThroughSocks({ port: client.socksPort }, { host: "127.0.0.1", port });
    using source = startSource(LARGE_BYTES);
    using sink = startSink(LARGE_BYTES);
    using download = await through(source);
    using upload = await through(sink);
    const sending = (async () => {
      for (const piece of source.content()) await upload.write(piece);
    })();
    const hash = createHash("sha256");
    for (let bytes = await download.read(); bytes !== undefined; bytes = await download.read()) hash.update(bytes);
    expect(hash.digest("hex")).toBe(source.sha256);
    await sending;
    expect(await sink.received).toEqual({ length: LARGE_BYTES, sha256: source.sha256 });
  });

  test("our own server with a certificate gets no word from a client that does not trust it", async () => {
    using other = createCertificate();
    await using server = await startServer({ token: "token" });
    const url = secure(server);
    for (const words of [[], ["--ca", other.certificatePath]]) {
      const starting = OWN_LINKSOCKS.start("client", { url, token: "token", reconnect: false, words });
      await expect(starting).rejects.toThrow(/certificate/i);
    }
    // The name has to be right as well.
    const named = { url: url.replace("127.0.0.1", "localhost"), token: "token", reconnect: false };
    const starting = OWN_LINKSOCKS.start("client", { ...named, words: ["--ca", certificate.certificatePath] });
    await expect(starting).rejects.toThrow(/certificate|hostname|altname/i);
    expect(server.output()).not.toContain("client from");
  });

  test("our own server with a certificate does not serve without TLS", async () => {
    await using server = await startServer({ token: "token" });
    await expect(openRawLink(`${server.url}/socket`)).rejects.toThrow("closed");
    await using client = await startTrusting("client", server, "token");
    await webOk({ port: client.socksPort }, { host: "127.0.0.1", port: web.port });
  });
});

function startServer(options: Parameters<typeof OWN_LINKSOCKS.start>[1]): Promise<LinksocksPeer> {
  const { certificatePath, keyPath } = certificate;
  return OWN_LINKSOCKS.start("server", { ...options, words: ["--tls-cert", certificatePath, "--tls-key", keyPath] });
}

function startTrusting(role: "client" | "provider" | "connector", server: LinksocksPeer, token: string) {
  const words = ["--ca", certificate.certificatePath];
  return OWN_LINKSOCKS.start(role, { url: secure(server), token, words });
}

function secure({ url }: LinksocksPeer): string {
  return url.replace("ws://", "wss://");
}
