import { afterEach, expect, test } from "bun:test";
import { CONGESTED_BYTES, DRAINED_BYTES, type Link } from "../../../src/linksocks/link/link.ts";
import { type LinkData, linkHandlers } from "../../../src/linksocks/link/server-link.ts";
import { until } from "../../rig/until.ts";
import { congest, createLinkEar, isIntact, type LinkEar } from "./link-rig.ts";

const scope = { end: async () => undefined as unknown };
afterEach(() => scope.end());

test("who accepts is told of the link and of its caller, and hears texts and binary messages alike", async () => {
  const { client, ear, caller } = await connect();
  expect(caller).toBe("/socket?from=here");
  client.send("a text");
  client.send(new Uint8Array([1, 2]));
  await until("both messages", () => ear.frames.length === 2);
  expect(ear.frames.map((frame) => [Buffer.isBuffer(frame), frame.toString("latin1")])).toEqual([
    [true, "a text"],
    [true, "\x01\x02"],
  ]);
});

test("what is sent goes as binary, as it was at that moment", async () => {
  const { client, link } = await connect();
  const scratch = Buffer.from("first");
  link.send(scratch);
  scratch.write("other");
  link.send(scratch);
  await until("both messages", () => client.received.length === 2);
  expect(client.received.map(String)).toEqual(["first", "other"]);
});

test("a peer that does not read makes it congested until most is gone, and nothing is lost or changed", async () => {
  const { client, link, ear } = await connect();
  client.socket.pause();
  let left = Number.NaN;
  const count = congest(link);
  expect(link.bufferedBytes).toBeGreaterThan(CONGESTED_BYTES);
  expect(ear.calls).not.toContain("drain");
  ear.onRoom = () => {
    left = link.bufferedBytes;
  };
  client.socket.resume();
  await until("room", () => ear.calls.includes("drain"));
  expect(link.isCongested).toBe(false);
  expect(left).toBeLessThanOrEqual(DRAINED_BYTES);
  await until("all messages", () => client.received.length === count);
  expect(isIntact(client.received, count)).toBe(true);
  expect(ear.calls.filter((call) => call === "drain")).toEqual(["drain"]);
});

test("who never asked whether it is congested is told of no room", async () => {
  const { client, link, ear } = await connect();
  client.socket.pause();
  let count = 0;
  for (; link.bufferedBytes === 0; count += 1) link.send(Buffer.alloc(256 * 1024));
  client.socket.resume();
  await until("all messages", () => client.received.length === count);
  link.ping();
  await until("the answer", () => ear.calls.length > 0);
  expect(ear.calls).toEqual(["pong"]);
});

test("while it is paused nothing is heard, and then all", async () => {
  const { client, link, ear } = await connect();
  link.pause();
  client.send("one");
  client.socket.ping();
  client.send("two");
  link.send(Buffer.from("still sending"));
  await until("a message the other way", () => client.received.length === 1);
  expect(ear.frames).toEqual([]);
  link.resume();
  await until("both messages", () => ear.frames.length === 2);
  expect(ear.frames.map(String)).toEqual(["one", "two"]);
});

test("pings and pongs of the peer are heard", async () => {
  const { client, link, ear } = await connect();
  link.ping();
  await until("the answer", () => ear.calls.includes("pong"));
  client.socket.ping();
  await until("the question", () => ear.calls.includes("life"));
  link.pong();
  await until("the word", () => client.pongs() > 1);
});

test("closing tells the peer a code and a reason, and sending is nothing from then on", async () => {
  const { client, link, ear } = await connect();
  link.close(1008, "token removed");
  link.send(Buffer.from("late"));
  expect(await client.closed).toEqual([1008, "token removed"]);
  await until("the end", () => ear.calls.length === 1);
  link.send(Buffer.from("later"));
  expect(client.received).toEqual([]);
});

test.each([
  ["the peer's reason", 1000, "I am done", "close: I am done"],
  ["its code where it gives none", 1001, "", "close: closed with code 1001"],
])("an end is told with %s", async (_, code, reason, told) => {
  const { client, ear } = await connect();
  client.socket.close(code, reason);
  await until("the end", () => ear.calls.length > 0);
  expect(ear.calls).toEqual([told]);
});

test("terminating says nothing", async () => {
  const { client, link } = await connect();
  link.terminate();
  expect(await client.closed).toMatchObject([1006, expect.any(String)]);
});

interface Client {
  readonly socket: WebSocket;
  readonly received: readonly Buffer[];
  readonly closed: Promise<readonly [number, string]>;
  pongs(): number;
  send(message: string | Uint8Array<ArrayBuffer>): void;
}

/** One WebSocket between a server with our handlers and a plain client. */
async function connect(): Promise<{ client: Client; link: Link; ear: LinkEar; caller: string }> {
  const ear = createLinkEar();
  const accepted = Promise.withResolvers<{ link: Link; caller: string }>();
  const server = Bun.serve<LinkData<string>>({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, bun) {
      const { pathname, search } = new URL(request.url);
      const data = { caller: pathname + search, listener: undefined, closedBefore: undefined, wasCongested: false };
      return bun.upgrade(request, { data }) ? undefined : new Response("", { status: 400 });
    },
    websocket: linkHandlers<string>((link, caller) => {
      accepted.resolve({ link, caller });
      return ear;
    }),
  });
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket?from=here`);
  scope.end = () => {
    socket.terminate();
    return server.stop(true);
  };
  socket.binaryType = "nodebuffer";
  const received: Buffer[] = [];
  let pongs = 0;
  const closed = Promise.withResolvers<readonly [number, string]>();
  socket.onmessage = ({ data }: MessageEvent<Buffer>) => void received.push(data);
  socket.onclose = ({ code, reason }) => closed.resolve([code, reason]);
  socket.addEventListener("pong", () => {
    pongs += 1;
  });
  const { link, caller } = await accepted.promise;
  await until("the client's side", () => socket.readyState === WebSocket.OPEN);
  const send = (message: string | Uint8Array<ArrayBuffer>) => socket.send(message);
  return { client: { socket, received, closed: closed.promise, pongs: () => pongs, send }, link, ear, caller };
}
