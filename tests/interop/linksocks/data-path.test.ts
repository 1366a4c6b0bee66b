import { describe, expect, test } from "bun:test";
import { createHash, type Hash } from "node:crypto";
import { startCountingRelay } from "../../rig/counting-relay.ts";
import { webOk } from "../../rig/linksocks-checks.ts";
import { goPeers } from "../../rig/linksocks-go.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import { serverUrl } from "../../rig/linksocks-peer.ts";
import { startSink, startSource, startWebTarget, type Target } from "../../rig/linksocks-targets.ts";
import { accepts } from "../../rig/socks.ts";
import { connectThroughSocks } from "../../rig/socks5-client.ts";
import type { TcpStream } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";

const LARGE_BYTES = 50_000_000;
const HUGE_BYTES = 200_000_000;

for (const go of goPeers()) {
  describe(`50 MB that ${go.name} compresses`, () => {
    test("50 MB that Go compresses arrive whole from its server at our client", async () => {
      await using server = await go.start("server", { token: "token" });
      using relay = startCountingRelay(portOf(server.url));
      await using client = await OWN_LINKSOCKS.start("client", { url: serverUrl(relay.port), token: "token" });
      await expectDownload(client.socksPort);
      expectCompressed(relay.toClient);
    });

    test("50 MB that Go compresses arrive whole from its client at our server", async () => {
      await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
      using relay = startCountingRelay(portOf(server.url));
      await using client = await go.start("client", { url: serverUrl(relay.port), token: "token" });
      await expectUpload(client.socksPort);
      expectCompressed(relay.fromClient);
    });

    test("50 MB that Go compresses arrive whole from its provider at our server", async () => {
      await using server = await OWN_LINKSOCKS.start("server", { token: "token", reverse: true });
      using relay = startCountingRelay(portOf(server.url));
      await using _provider = await go.start("provider", { url: serverUrl(relay.port), token: "token" });
      await expectDownload(server.socksPort);
      expectCompressed(relay.fromClient);
    });

    test("50 MB that Go compresses arrive whole from its server at our provider", async () => {
      await using server = await go.start("server", { token: "token", reverse: true });
      using relay = startCountingRelay(portOf(server.url));
      await using _provider = await OWN_LINKSOCKS.start("provider", { url: serverUrl(relay.port), token: "token" });
      await until("the reverse port is open", () => accepts(server.socksPort));
      await expectUpload(server.socksPort);
      expectCompressed(relay.toClient);
    });
  });
}

describe("our own client and server", () => {
  test("our own client and server lose nothing, and hold up nobody else, for as long as a program does not read", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
    await using client = await OWN_LINKSOCKS.start("client", { url: server.url, token: "token" });
    using web = startWebTarget();
    using source = startSource(HUGE_BYTES);
    using slow = await through(client.socksPort, source);
    const hash = createHash("sha256");
    hash.update(await slow.readExactly(1_000_000));
    await until("the source has to wait for the program", async () => {
      const before = source.written();
      for (let request = 0; request < 20; request++) {
        await webOk({ port: client.socksPort }, { host: "127.0.0.1", port: web.port });
      }
      return before > 0 && source.written() === before;
    });
    await hashRest(hash, slow, HUGE_BYTES - 1_000_000);
    expect(hash.digest("hex")).toBe(source.sha256);
    expect(await slow.read()).toBeUndefined();
  });

  test("our own client and server lose nothing either where a target does not read for a while", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "token", reverse: true });
    await using _provider = await OWN_LINKSOCKS.start("provider", { url: server.url, token: "token" });
    const opens = Promise.withResolvers<void>();
    using source = startSource(LARGE_BYTES);
    using sink = startSink(LARGE_BYTES, opens.promise);
    using web = startWebTarget();
    using stream = await through(server.socksPort, sink);
    const writing = write(stream, source.content());
    for (let request = 0; request < 20; request++) {
      await webOk({ port: server.socksPort }, { host: "127.0.0.1", port: web.port });
    }
    opens.resolve();
    await writing;
    expect(await sink.received).toEqual({ length: LARGE_BYTES, sha256: source.sha256 });
  });
});

async function expectDownload(socksPort: number): Promise<void> {
  using source = startSource(LARGE_BYTES, "zeros");
  using stream = await through(socksPort, source);
  const hash = createHash("sha256");
  await hashRest(hash, stream, LARGE_BYTES);
  expect(hash.digest("hex")).toBe(source.sha256);
}

async function expectUpload(socksPort: number): Promise<void> {
  using source = startSource(LARGE_BYTES, "zeros");
  using sink = startSink(LARGE_BYTES);
  using stream = await through(socksPort, sink);
  await write(stream, source.content());
  expect(await sink.received).toEqual({ length: LARGE_BYTES, sha256: source.sha256 });
}

/** Bodies below 512 KiB go plain, so most of it but never all. */
function expectCompressed(bytesOnTheWire: number): void {
  expect(bytesOnTheWire).toBeLessThan(LARGE_BYTES / 2);
}

function through(socksPort: number, target: Target): Promise<TcpStream> {
  return connectThroughSocks({ port: socksPort }, { host: "127.0.0.1", port: target.port });
}

async function write(stream: TcpStream, pieces: Iterable<Uint8Array>): Promise<void> {
  for (const piece of pieces) await stream.write(piece);
}

async function hashRest(hash: Hash, stream: TcpStream, length: number): Promise<void> {
  for (let left = length; left > 0; ) {
    const bytes = await stream.read();
    if (bytes === undefined) throw new Error(`the stream ended ${left} bytes early`);
    hash.update(bytes);
    left -= bytes.length;
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
