import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { startCountingRelay } from "../../rig/counting-relay.ts";
import { freePort } from "../../rig/free-port.ts";
import { goPeers } from "../../rig/linksocks-go.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import { type LinksocksPeer, type LinksocksProgram, serverUrl } from "../../rig/linksocks-peer.ts";
import { startSink, startSource } from "../../rig/linksocks-targets.ts";
import { accepts } from "../../rig/socks.ts";
import { connectThroughSocks } from "../../rig/socks5-client.ts";
import { connectTcp, serveTcp, type TcpServer, type TcpStream } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";

const QUESTION = "how long is this?".repeat(100_000);
const HASH = createHash("sha256").update(QUESTION).digest("hex");

let hasher: TcpServer;
beforeAll(() => {
  hasher = serveTcp("127.0.0.1", 0, async (stream) => {
    const hash = createHash("sha256");
    for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read()) hash.update(bytes);
    await stream.write(hash.digest("hex"));
  });
});
afterAll(() => hasher.close());

describe("between our own", () => {
  for (const arrangement of ["forward", "reverse", "agent"] as const) {
    test(`${arrangement}: half a connection may be closed`, async () => {
      await using scene = await setScene(arrangement);
      using stream = await through(scene.socksPort, hasher.port);
      await stream.write(QUESTION);
      stream.finish();
      expect(Buffer.from(await stream.readExactly(HASH.length)).toString()).toBe(HASH);
      expect(await stream.read()).toBeUndefined();
    });

    test(`${arrangement}: the target's end reaches the program at once, behind all that it sent`, async () => {
      await using scene = await setScene(arrangement);
      using source = startSource(1_000_000);
      for (let time = 0; time < 10; time++) {
        using stream = await through(scene.socksPort, source.port);
        await stream.readExactly(1_000_000);
        let hasEnded = false;
        void stream.read().then((bytes) => {
          hasEnded = bytes === undefined;
        });
        await until("the end", () => hasEnded);
      }
    });

    test(`${arrangement}: the program's end reaches the target, behind all that it sent`, async () => {
      await using scene = await setScene(arrangement);
      using source = startSource(3_000_000);
      using sink = startSink(Number.POSITIVE_INFINITY);
      const stream = await through(scene.socksPort, sink.port);
      for (const piece of source.content()) await stream.write(piece);
      stream.finish();
      expect(await sink.received).toEqual({ length: 3_000_000, sha256: source.sha256 });
      stream.close();
    });

    test(`${arrangement}: a program may say all it has to say, its end included, before it is answered`, async () => {
      await using scene = await setScene(arrangement);
      for (let time = 0; time < 20; time++) {
        using stream = await sayEverything(scene.socksPort);
        expect([...(await stream.readExactly(2))]).toEqual([5, 0]);
        await expectHash(stream);
      }
    });

    test(`${arrangement}: a target that breaks off is no orderly end`, async () => {
      await using scene = await setScene(arrangement);
      using breaker = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: { data: (socket) => void socket.terminate() },
      });
      using stream = await through(scene.socksPort, breaker.port);
      await stream.write("hello");
      await expect(stream.read().then((bytes) => bytes ?? Promise.reject(new Error("an orderly end")))).rejects.toThrow(
        /ECONNRESET|reset/i,
      );
    });
  }
});

test("a server of ours: a program may say all it has to say before there is a provider", async () => {
  await using server = await OWN_LINKSOCKS.start("server", { token: "t", reverse: true, socksNoWait: true });
  await until("the reverse port is open", () => accepts(server.socksPort));
  using stream = await sayEverything(server.socksPort);
  expect([...(await stream.readExactly(2))]).toEqual([5, 0]);
  await using _provider = await OWN_LINKSOCKS.start("provider", { url: server.url, token: "t" });
  await expectHash(stream);
});

test("a connector of ours: a program may say all it has to say before there is a provider", async () => {
  await using server = await OWN_LINKSOCKS.start("server", { token: "t", reverse: true, connectorToken: "c" });
  await using connector = await OWN_LINKSOCKS.start("connector", { url: server.url, token: "c" });
  using stream = await sayEverything(connector.socksPort);
  expect([...(await stream.readExactly(2))]).toEqual([5, 0]);
  await using _provider = await OWN_LINKSOCKS.start("provider", { url: server.url, token: "t" });
  await expectHash(stream);
});

test("a client of ours: a program may say all it has to say before there is a server", async () => {
  const port = freePort();
  const options = { url: serverUrl(port), token: "t", socksNoWait: true, awaitReady: false };
  await using client = await OWN_LINKSOCKS.start("client", options);
  await until("the SOCKS port is open", () => accepts(client.socksPort));
  using stream = await sayEverything(client.socksPort);
  expect([...(await stream.readExactly(2))]).toEqual([5, 0]);
  await using _server = await OWN_LINKSOCKS.start("server", { port, token: "t" });
  await expectHash(stream);
});

for (const go of goPeers()) {
  describe(`with ${go.name}`, () => {
    test("a reply that comes after the program's end arrives, from its server at our client", async () => {
      await using server = await go.start("server", { token: "token" });
      using relay = startCountingRelay(Number(new URL(server.url).port));
      await using client = await OWN_LINKSOCKS.start("client", { url: serverUrl(relay.port), token: "token" });
      await hearLateReply(client.socksPort, () => relay.fromClient);
    });

    test("fast open: what is sent before the target is reached arrives in order, our client", async () => {
      await using server = await go.start("server", { token: "token" });
      await using client = await OWN_LINKSOCKS.start("client", { url: server.url, token: "token", fastOpen: true });
      await sendAtOnce(client);
    });

    test("fast open: what is sent before the target is reached arrives in order, our server", async () => {
      await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
      await using client = await go.start("client", { url: server.url, token: "token", fastOpen: true });
      await sendAtOnce(client);
    });
  });
}

interface Scene extends AsyncDisposable {
  readonly socksPort: number;
}

/** Our own programs, with a port to connect through. */
async function setScene(arrangement: "forward" | "reverse" | "agent"): Promise<Scene> {
  const peers: LinksocksPeer[] = [];
  const start = async (...[role, options]: Parameters<LinksocksProgram["start"]>) => {
    const peer = await OWN_LINKSOCKS.start(role, options);
    peers.unshift(peer);
    return peer;
  };
  const isForward = arrangement === "forward";
  const server = await start("server", isForward ? { token: "t" } : { token: "t", reverse: true, connectorToken: "c" });
  const { url } = server;
  let { socksPort } = server;
  if (!isForward) await start("provider", { url, token: "t" });
  if (isForward) socksPort = (await start("client", { url, token: "t" })).socksPort;
  if (arrangement === "agent") socksPort = (await start("connector", { url, token: "c" })).socksPort;
  return {
    socksPort,
    async [Symbol.asyncDispose]() {
      for (const peer of peers) await peer[Symbol.asyncDispose]();
    },
  };
}

const SHORT = "a short question";

/** A whole conversation with the hasher, its end included, in one go. */
async function sayEverything(socksPort: number): Promise<TcpStream> {
  const stream = await connectTcp("127.0.0.1", socksPort);
  const request = [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, hasher.port >> 8, hasher.port & 255];
  await stream.write(Buffer.concat([Buffer.from(request), Buffer.from(SHORT)]));
  stream.finish();
  return stream;
}

async function expectHash(stream: TcpStream): Promise<void> {
  expect([...(await stream.readExactly(10))]).toEqual([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  expect(Buffer.from(await stream.readExactly(HASH.length)).toString()).toBe(
    createHash("sha256").update(SHORT).digest("hex"),
  );
  expect(await stream.read()).toBeUndefined();
}

/** @param sentBytes what the client has sent to its server so far. */
async function hearLateReply(socksPort: number, sentBytes: () => number): Promise<void> {
  const mayReply = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<void>();
  const target = serveTcp("127.0.0.1", 0, async (stream) => {
    await stream.readExactly(QUESTION.length);
    heard.resolve();
    await mayReply.promise;
    await stream.write("a late reply");
  });
  try {
    using stream = await through(socksPort, target.port);
    await stream.write(QUESTION);
    await heard.promise;
    const before = sentBytes();
    stream.finish();
    await until("the server is told of the end", () => sentBytes() > before);
    mayReply.resolve();
    expect(Buffer.from(await stream.readExactly(12)).toString()).toBe("a late reply");
  } finally {
    target.close();
  }
}

async function sendAtOnce({ socksPort }: LinksocksPeer): Promise<void> {
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      using source = startSource(500_000);
      using sink = startSink(500_000);
      using stream = await through(socksPort, sink.port);
      for (const piece of source.content()) await stream.write(piece);
      expect(await sink.received).toEqual({ length: 500_000, sha256: source.sha256 });
    }),
  );
}

function through(socksPort: number, port: number): Promise<TcpStream> {
  return connectThroughSocks({ port: socksPort }, { host: "127.0.0.1", port });
}
