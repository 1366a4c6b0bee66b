import { afterEach, expect, jest, test } from "bun:test";
import { openUdp } from "../../../src/linksocks/entry/open-udp.ts";
import { createMailbox } from "../../../src/net/byte-stream.ts";
import {
  decodeSocksDatagram,
  encodeSocksDatagram,
  encodeSocksReply,
  SOCKS_REPLY,
} from "../../../src/net/proxy/socks-codec.ts";
import { createFakeStream } from "../../net/fake-stream.ts";
import { turn } from "../../rig/event-loop.ts";
import { until } from "../../rig/until.ts";
import { datagram, openUdpPeer, type UdpPeer } from "../udp-peer.ts";
import { createExit, type Exit } from "./entry-rig.ts";

const LOOPBACK = "127.0.0.1";
const TARGET = { host: "example.com", port: 53 };
const RESPONSE_MS = 15_000;

afterEach(() => void jest.useRealTimers());

test("an association asks the exit, and once that has accepted tells the client where to send", async () => {
  using rig = associate();
  expect(rig.link.sent).toMatchObject([{ type: "connect", protocol: "udp", target: undefined, window: undefined }]);
  expect([rig.stream.written.length, rig.stream.isPaused]).toEqual([0, false]);
  rig.answer();
  await until("the reply", () => rig.stream.written.length > 0);
  expect([...rig.stream.written.subarray(0, 8)]).toEqual([5, SOCKS_REPLY.succeeded, 0, 1, 127, 0, 0, 1]);
  expect(rig.port()).toBeGreaterThan(0);
});

test("an association tells an IPv6 client an IPv6 address", async () => {
  using rig = associate({ address: "::1" });
  rig.answer();
  await until("the reply", () => rig.stream.written.length > 0);
  expect([...rig.stream.written.subarray(0, 20)]).toEqual([5, 0, 0, 4, ...new Array<number>(15).fill(0), 1]);
});

test("an association carries the client's datagrams to their targets, and replies to where it last sent from", async () => {
  using client = await openUdpPeer();
  using moved = await openUdpPeer();
  using rig = await associateOpen();
  send(client, rig, "question");
  const sent = await until("the datagram", () => rig.link.sent[1]);
  expect(sent).toMatchObject({ type: "data", channel: rig.id(), protocol: "udp", isCompressed: false, target: TARGET });
  expect(sent).toMatchObject({ body: Buffer.from("question") });
  rig.reply("answer", { host: "192.0.2.1", port: 53 });
  const [heard] = await until("the reply", () => client.heard.length > 0 && client.heard);
  expect(decodeSocksDatagram(heard?.body ?? Buffer.alloc(0))).toEqual({
    address: { host: "192.0.2.1", port: 53 },
    body: Buffer.from("answer"),
  });
  send(moved, rig, "again");
  await until("the second datagram", () => rig.link.sent.length === 3);
  rig.reply("answer", { host: "2001:db8::1", port: 53 });
  await until("the reply at the new place", () => moved.heard.length === 1);
  expect(client.heard).toHaveLength(1);
});

test.each([
  ["a fragment", [0, 0, 1, 1, 127, 0, 0, 1, 0, 53, 1]],
  ["one that ends too soon", [0, 0, 0, 1, 127, 0]],
  ["one without a host", [0, 0, 0, 3, 0, 0, 53, 1]],
  ["an empty one", []],
])("an association drops %s, and takes the next", async (_, bytes) => {
  using client = await openUdpPeer();
  using rig = await associateOpen();
  client.send(new Uint8Array(bytes), { host: LOOPBACK, port: rig.port() });
  send(client, rig, "good");
  await until("the good one", () => rig.link.sent.length > 1);
  expect(rig.link.sent.slice(1)).toMatchObject([{ body: Buffer.from("good") }]);
});

test("an association takes datagrams from the client's host alone", async () => {
  using stranger = await openUdpPeer("127.0.0.2");
  using client = await openUdpPeer();
  using rig = await associateOpen();
  send(stranger, rig, "not mine");
  send(client, rig, "mine");
  await until("the client's", () => rig.link.sent.length > 1);
  rig.reply("answer", TARGET);
  await until("the reply", () => client.heard.length === 1);
  expect(rig.link.sent.slice(1)).toMatchObject([{ body: Buffer.from("mine") }]);
  expect(stranger.heard).toEqual([]);
});

test("an association loses datagrams for which the link has no room", async () => {
  using client = await openUdpPeer();
  using rig = await associateOpen();
  rig.link.congested = true;
  send(client, rig, "lost");
  await until("time enough for it", async () => {
    const other = await openUdpPeer();
    other.send("through the same loop", { host: LOOPBACK, port: other.port });
    await until("the other", () => other.heard.length > 0);
    other[Symbol.dispose]();
    return true;
  });
  rig.link.congested = false;
  send(client, rig, "kept");
  await until("one", () => rig.link.sent.length > 1);
  expect(rig.link.sent.slice(1)).toMatchObject([{ body: Buffer.from("kept") }]);
});

test("an association loses replies that nobody waits for, that have no source or that are too long, and goes on", async () => {
  using client = await openUdpPeer();
  using rig = await associateOpen();
  rig.reply("before the client has sent anything", TARGET);
  send(client, rig, "question");
  await until("the datagram", () => rig.link.sent.length > 1);
  rig.deliver(datagram(rig.id(), "from nowhere", {}));
  rig.deliver(datagram(rig.id(), "no gzip", { source: TARGET, isCompressed: true }));
  rig.reply(Buffer.alloc(65_507), TARGET);
  rig.reply("good", TARGET);
  await until("the good one", () => client.heard.length > 0);
  expect(client.heard.map(({ body }) => String(body.subarray(-4)))).toEqual(["good"]);
});

test("an association goes on where the client has closed the port that the replies go to", async () => {
  using rig = await associateOpen();
  {
    using gone = await openUdpPeer();
    send(gone, rig, "question");
    await until("the datagram", () => rig.link.sent.length > 1);
  }
  for (let count = 0; count < 5; count += 1) {
    rig.reply("answer", TARGET);
    await turn();
  }
  using client = await openUdpPeer();
  send(client, rig, "again");
  await until("the next datagram", () => rig.link.sent.length > 2);
  rig.reply("answer", TARGET);
  await until("the reply", () => client.heard.length === 1);
});

test("an association is refused in the exit's words, and closed", () => {
  using rig = associate();
  rig.answer("UDP is not allowed through an upstream proxy");
  expect([...rig.stream.written]).toEqual([...encodeSocksReply(SOCKS_REPLY.notAllowed)]);
  expect([rig.stream.ending, rig.trunk.channelCount, rig.link.sent.length]).toEqual(["end", 0, 1]);
});

test("an association gives up after 15 s, tells the exit so, and does not hear an answer that comes later", async () => {
  jest.useFakeTimers();
  using rig = associate();
  jest.advanceTimersByTime(RESPONSE_MS - 1);
  expect(rig.stream.written.length).toBe(0);
  jest.advanceTimersByTime(1);
  expect([...rig.stream.written]).toEqual([...encodeSocksReply(SOCKS_REPLY.hostUnreachable)]);
  expect(rig.link.sent.at(-1)).toEqual({ type: "disconnect", channel: rig.id(), reason: "" });
  rig.answer();
  await turn();
  expect([rig.stream.written.length, rig.stream.ending, rig.link.sent.length]).toEqual([10, "end", 2]);
});

test("an association has all the time of the world once it is accepted", async () => {
  jest.useFakeTimers();
  using rig = associate();
  rig.answer();
  jest.advanceTimersByTime(RESPONSE_MS);
  expect([rig.stream.ending, rig.trunk.channelCount]).toEqual(["none", 1]);
});

test("an association is answered once, however often the exit accepts", async () => {
  using rig = associate();
  rig.answer();
  rig.answer();
  await until("the reply", () => rig.stream.written.length > 0);
  rig.answer();
  await turn();
  expect(rig.stream.written.length).toBe(10);
});

test.each(["onEnd", "onClose"] as const)(
  "an association lives no longer than the connection that asked for it: %s",
  async (how) => {
    using rig = await associateOpen();
    const port = rig.port();
    rig.stream.data.listener[how](false);
    expect(rig.link.sent.slice(1)).toEqual([{ type: "disconnect", channel: rig.id(), reason: "" }]);
    expect([rig.trunk.channelCount, rig.stream.ending]).toEqual([0, "end"]);
    await until("its port", () => isFree(port));
  },
);

test("an association does not end because of bytes on that connection", async () => {
  using rig = await associateOpen();
  rig.stream.data.listener.onData(Buffer.from("?"));
  expect([rig.stream.ending, rig.trunk.channelCount]).toEqual(["none", 1]);
});

test("an association is over at once where the client has ended already", () => {
  using rig = associate({ hasEnded: true });
  expect([rig.stream.ending, rig.stream.written.length, rig.trunk.channelCount]).toEqual(["end", 0, 0]);
  expect(rig.link.sent.map(({ type }) => type)).toEqual(["connect", "disconnect"]);
});

test.each([
  ["a Disconnect", (exit: Exit) => exit.deliver({ type: "disconnect", channel: exit.id(), reason: "idle" })],
  ["the loss of the link", (exit: Exit) => exit.trunk.end()],
])("an association ends by %s, without a word to either side", async (_, cause) => {
  using rig = await associateOpen();
  cause(rig);
  expect([rig.stream.ending, rig.stream.written.length, rig.link.sent.length]).toEqual(["end", 10, 1]);
});

test("an association is refused where the link is lost before the answer, and where it is lost already", () => {
  using before = associate();
  before.trunk.end();
  using already = associate({ isLost: true });
  for (const { stream } of [before, already]) {
    expect([...stream.written]).toEqual([...encodeSocksReply(SOCKS_REPLY.hostUnreachable)]);
    expect(stream.ending).toBe("end");
  }
  expect(already.link.sent).toEqual([]);
});

test("an association says nothing more to a client that goes while its port is being opened", async () => {
  using rig = associate();
  rig.answer();
  rig.stream.data.listener.onClose(false);
  await turn();
  expect(rig.stream.written.length).toBe(0);
});

interface Situation {
  readonly address?: string;
  readonly hasEnded?: boolean;
  readonly isLost?: boolean;
}

function associate({ address = LOOPBACK, hasEnded = false, isLost = false }: Situation = {}) {
  const exit = createExit();
  const stream = createFakeStreamAt(address);
  stream.pause();
  if (isLost) exit.trunk.end();
  const kept = createMailbox();
  if (hasEnded) kept.onEnd();
  stream.data.listener = kept;
  openUdp(stream, exit.trunk);
  return {
    ...exit,
    stream,
    /** Where it takes the client's datagrams. */
    port: () => stream.written.readUInt16BE(stream.written.length - 2),
    reply: (body: Uint8Array | string, source: { host: string; port: number }) =>
      exit.deliver(datagram(exit.id(), body, { source })),
    [Symbol.dispose]: () => exit.trunk.end(),
  };
}

async function associateOpen() {
  const rig = associate();
  rig.answer();
  await until("the reply", () => rig.stream.written.length > 0);
  return rig;
}

function createFakeStreamAt(address: string) {
  const stream = createFakeStream();
  for (const end of ["localAddress", "remoteAddress"]) Object.defineProperty(stream, end, { value: address });
  return stream;
}

function send(client: UdpPeer, { port }: { port(): number }, body: string): void {
  const bytes = encodeSocksDatagram({ address: TARGET, body: Buffer.from(body) });
  client.send(bytes, { host: LOOPBACK, port: port() });
}

async function isFree(port: number): Promise<boolean> {
  try {
    const socket = await Bun.udpSocket({ hostname: LOOPBACK, port });
    socket.close();
    return true;
  } catch {
    return false;
  }
}
