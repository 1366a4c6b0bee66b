import { expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { systemCode } from "../../../src/platform/failure.ts";
import { freePort } from "../../rig/free-port.ts";
import { until } from "../../rig/until.ts";
import { createFakeFeed } from "../fake-feed.ts";
import { listenTo } from "./listener.ts";
import { OPCODE, openRaw } from "./raw-client.ts";
import { bulky, cleared, RUNNING, STOPPING } from "./sample-events.ts";
import { openStream } from "./stream-rig.ts";

test("any path is the stream, by name and on both loopback addresses", async () => {
  await using stream = openStream();
  const { port } = stream;
  using byName = await listenTo(`ws://localhost:${port}`);
  using byIPv4 = await listenTo(`ws://127.0.0.1:${port}/any/path`);
  using byIPv6 = await listenTo(`ws://[::1]:${port}/`);
  stream.feed.emit(RUNNING);
  for (const client of [byName, byIPv4, byIPv6]) {
    expect(await client.received(1)).toEqual([JSON.stringify({ seq: 1, ...RUNNING })]);
  }
  expect(stream.server.clients()).toBe(3);
});

const OTHER_ADDRESSES = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, address }) => !internal && !address.startsWith("fe80"));

test.skipIf(OTHER_ADDRESSES.length === 0)("nothing listens on another address of the machine", async () => {
  await using stream = openStream();
  for (const { address } of OTHER_ADDRESSES) {
    const socket = { data() {} };
    const attempt = Bun.connect({ hostname: address, port: stream.port, socket }).then((open) => open.terminate());
    expect(await attempt.catch(systemCode)).toBe("ECONNREFUSED");
  }
});

test("nothing comes before something happens, not even what happened before", async () => {
  await using stream = openStream();
  stream.feed.state = [RUNNING];
  stream.feed.emit(RUNNING);
  using client = await listenTo(stream.url);
  stream.feed.emit(cleared(7));
  expect(await client.received(1)).toEqual([JSON.stringify({ seq: 2, ...cleared(7) })]);
});

test("each message is one text frame with one object, the number and the envelope's three members", async () => {
  await using stream = openStream();
  using client = await openRaw(stream.port);
  const text = 'é € 😀 "quoted"\n\u001b[31m';
  stream.feed.emit(RUNNING, { ...cleared(7), data: { text } });
  await until("both", () => client.frames().length === 2);
  for (const frame of client.frames()) {
    expect(frame).toMatchObject({ isFinal: true, reserved: 0, opcode: OPCODE.text, isMasked: false });
    expect(Object.keys(JSON.parse(frame.payload.toString("utf8")))).toEqual(["seq", "type", "account_id", "data"]);
  }
  expect(JSON.parse(String(client.frames()[1]?.payload)).data.text).toBe(text);
});

test("neither a sub-protocol nor an extension is agreed to", async () => {
  await using stream = openStream();
  using client = await openRaw(stream.port, {
    headers: ["Sec-WebSocket-Protocol: json, v2", "Sec-WebSocket-Extensions: permessage-deflate"],
  });
  expect(client.status).toBe(101);
  expect(client.head).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  expect(client.head.toLowerCase()).not.toMatch(/sec-websocket-(protocol|extensions)/);
});

test("what was told last comes, then the close frame with 1001; behind it there is no door", async () => {
  const stream = openStream();
  using client = await listenTo(stream.url);
  using filtered = await listenTo(`${stream.url}/?account=1`);
  stream.feed.emit(cleared(7), STOPPING);
  await stream.server.stop();
  expect(await client.closed).toEqual({ code: 1001, reason: "wpdaemon stops" });
  expect(client.numbers()).toEqual([1, 2]);
  expect(await filtered.closed).toMatchObject({ code: 1001 });
  expect(filtered.numbers()).toEqual([2]);
  expect(stream.feed.listeners).toBe(0);
  expect(stream.server.clients()).toBe(0);
  expect(openRaw(stream.port)).rejects.toThrow();
});

test("who reads nothing does not keep it from stopping, and who is only behind gets everything", async () => {
  const stream = openStream();
  using stuck = await openRaw(stream.port);
  stuck.pause();
  using slow = await openRaw(stream.port);
  slow.pause();
  // More than the system takes for a client that reads nothing, in pieces that end nobody.
  for (let i = 0; i < 500; i += 1) {
    stream.feed.emit({ type: "MarketQuote", account_id: 1, data: { contractId: "a", filling: "x".repeat(20_000) } });
  }
  stream.feed.emit(STOPPING);
  const stopping = stream.server.stop();
  slow.resume();
  await stopping;
  expect(await slow.closeCode()).toBe(1001);
  const texts = slow.frames().filter(({ opcode }) => opcode === OPCODE.text);
  expect(JSON.parse(String(texts.at(-1)?.payload))).toEqual({ seq: 501, ...STOPPING });
});

test("a second stream on the port is a failure that says what to do, and takes nothing from the first", async () => {
  await using stream = openStream();
  const again = () => openStream({ port: stream.port });
  expect(again).toThrow(
    expect.objectContaining({ code: "address-in-use", hint: expect.stringContaining("LinkSocks") }),
  );
  using client = await listenTo(stream.url);
  stream.feed.emit(RUNNING);
  await client.received(1);
});

test("a port that is taken on [::1] alone is taken: nothing stays open, and the feed is left", async () => {
  const port = freePort();
  const other = Bun.listen({ hostname: "::1", port, socket: { data() {} } });
  const feed = createFakeFeed();
  expect(() => openStream({ port, feed })).toThrow(expect.objectContaining({ code: "address-in-use" }));
  expect(feed.listeners).toBe(0);
  other.stop(true);
  await using stream = openStream({ port });
  using client = await listenTo(stream.url);
  expect(client.texts).toEqual([]);
});

test("beyond the limit of clients the next is told to come later, and comes in when one has gone", async () => {
  await using stream = openStream({ mostClients: 2 });
  using first = await listenTo(stream.url);
  using second = await listenTo(stream.url);
  using third = await openRaw(stream.port);
  expect([third.status, second.socket.readyState]).toEqual([503, WebSocket.OPEN]);
  first.socket.close();
  await until("one has gone", () => stream.server.clients() === 1);
  using fourth = await openRaw(stream.port);
  expect(fourth.status).toBe(101);
});

test("a handshake that never comes whole ends", async () => {
  await using stream = openStream();
  let isClosed = false;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: stream.port,
    socket: {
      data() {},
      close() {
        isClosed = true;
      },
    },
  });
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n");
  await until("it is closed", () => isClosed);
});

test("the log names who came and went, why, and how many quotes they missed; and the daemon knows that it is used", async () => {
  let clock = 1_000;
  await using stream = openStream({ now: () => clock });
  using client = await listenTo(stream.url);
  clock = 4_500;
  client.socket.close(1000, "enough");
  await until("it has gone", () => stream.audited.length === 2);
  const [came, went] = stream.audited;
  expect(came).toMatch(/^INFO \[event_stream\] (127\.0\.0\.1|\[::1\]):\d+ connected$/);
  expect(went).toBe(came?.replace("connected", "disconnected after 3.5 s: enough"));
  expect(stream.activity()).toBeGreaterThanOrEqual(2);
});

test("with nobody there an event is told to nobody and costs no activity", async () => {
  await using stream = openStream();
  stream.feed.emit(bulky(1, 100));
  using client = await listenTo(stream.url);
  const before = stream.activity();
  stream.feed.emit(RUNNING);
  await client.received(1);
  expect(client.numbers()).toEqual([2]);
  expect([before, stream.activity()]).toEqual([1, 2]);
});
