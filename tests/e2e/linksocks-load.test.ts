import { expect, test } from "bun:test";
import { freePort } from "../rig/free-port.ts";
import { OWN_LINKSOCKS } from "../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../rig/linksocks-peer.ts";
import { startSink, startSource, startTcpEcho } from "../rig/linksocks-targets.ts";
import { anonymousMegabytes } from "../rig/memory.ts";
import { connectThroughSocks } from "../rig/socks5-client.ts";
import type { TcpStream } from "../rig/tcp-stream.ts";
import { until } from "../rig/until.ts";

const TOKEN = "load-token";
const MB = 1_000_000;

/** Windows of 8 MiB at most and what the kernel holds; a hundred megabytes that wait would be far beyond. */
const ROOM_MB = 60;

test("1,000 channels at once carry each its own bytes over one WebSocket", async () => {
  await using pair = await startPair();
  using echo = startTcpEcho();
  const streams = await Promise.all(Array.from({ length: 1_000 }, () => pair.connect(echo.port)));
  const answers = streams.map(async (stream, index) => {
    const text = `channel ${index} `.repeat(200);
    await stream.write(text);
    const answer = await stream.readExactly(text.length);
    stream.finish();
    const isEnd = (await stream.read()) === undefined;
    stream.close();
    return isEnd && new TextDecoder().decode(answer) === text;
  });
  expect((await Promise.all(answers)).filter((isRight) => !isRight)).toEqual([]);
});

test("100 MB to a reader that rests: its neighbour gets all of its own meanwhile, memory is bounded, and nothing is lost", async () => {
  await using pair = await startPair();
  using slowSource = startSource(100 * MB);
  using source = startSource(100 * MB);
  const before = Math.max(...pair.peers.map(({ pid }) => anonymousMegabytes(pid)));
  const slow = await pair.connect(slowSource.port);
  const slowHash = new Bun.CryptoHasher("sha256");
  slowHash.update(await slow.readExactly(MB));
  const neighbour = await pair.connect(source.port);
  let most = 0;
  let carried = 0;
  for (let bytes = await neighbour.read(); bytes !== undefined; bytes = await neighbour.read()) {
    carried += bytes.length;
    most = Math.max(most, ...pair.peers.map(({ pid }) => anonymousMegabytes(pid)));
  }
  neighbour.close();
  expect(carried).toBe(100 * MB);
  expect(slowSource.written()).toBeLessThan(100 * MB);
  expect(most - before).toBeLessThan(ROOM_MB);
  for (let bytes = await slow.read(); bytes !== undefined; bytes = await slow.read()) slowHash.update(bytes);
  expect(slowHash.digest("hex")).toBe(slowSource.sha256);
});

test("100 MB to a target that reads nothing at first: memory is bounded, and nothing is lost", async () => {
  await using pair = await startPair();
  const length = 100 * MB;
  const gate = Promise.withResolvers<void>();
  using sink = startSink(length, gate.promise);
  using source = startSource(length);
  const stream = await pair.connect(sink.port);
  const before = Math.max(...pair.peers.map(({ pid }) => anonymousMegabytes(pid)));
  let written = 0;
  const writing = (async () => {
    for (const piece of source.content()) {
      await stream.write(piece);
      written += piece.length;
    }
  })();
  using echo = startTcpEcho();
  await until("the writer is held up", async () => {
    const before = written;
    // Others come to their turn meanwhile, and so would the writer.
    for (let round = 0; round < 20; round += 1) await exchange(await pair.connect(echo.port));
    return written > MB && written === before;
  });
  expect(written).toBeLessThan(length);
  const memory = Math.max(...pair.peers.map(({ pid }) => anonymousMegabytes(pid)));
  expect(memory - before).toBeLessThan(ROOM_MB);
  gate.resolve();
  await writing;
  expect(await sink.received).toEqual({ length, sha256: source.sha256 });
  stream.close();
});

test("a server that is killed mid-transfer breaks the connection, and the next request goes through its successor", async () => {
  const port = freePort();
  let server = await OWN_LINKSOCKS.start("server", { port, token: TOKEN });
  await using client = await OWN_LINKSOCKS.start("client", { url: server.url, token: TOKEN });
  using source = startSource(500 * MB, "zeros");
  const stream = await connectThroughSocks({ port: client.socksPort }, { host: "127.0.0.1", port: source.port });
  await stream.readExactly(MB);
  process.kill(server.pid, "SIGKILL");
  // A FIN would say that this was all.
  expect(readToEnd(stream)).rejects.toThrow();
  await server[Symbol.asyncDispose]();
  server = await OWN_LINKSOCKS.start("server", { port, token: TOKEN });
  await using successor = server;
  using echo = startTcpEcho();
  const next = await connectThroughSocks({ port: client.socksPort }, { host: "127.0.0.1", port: echo.port });
  await next.write("there again");
  expect(new TextDecoder().decode(await next.readExactly(11))).toBe("there again");
  next.close();
  expect(successor.hasEnded()).toBe(false);
});

interface Pair extends AsyncDisposable {
  readonly server: LinksocksPeer;
  readonly peers: readonly LinksocksPeer[];
  connect(port: number): Promise<TcpStream>;
}

/** A server and a client of our own with one WebSocket between them. */
async function startPair(): Promise<Pair> {
  const server = await OWN_LINKSOCKS.start("server", { token: TOKEN });
  const client = await OWN_LINKSOCKS.start("client", { url: server.url, token: TOKEN });
  return {
    server,
    peers: [server, client],
    connect: (port) => connectThroughSocks({ port: client.socksPort }, { host: "127.0.0.1", port }),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function exchange(stream: TcpStream): Promise<void> {
  await stream.write("hello");
  expect(new TextDecoder().decode(await stream.readExactly(5))).toBe("hello");
  stream.close();
}

async function readToEnd(stream: TcpStream): Promise<number> {
  let length = 0;
  for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read()) length += bytes.length;
  return length;
}
