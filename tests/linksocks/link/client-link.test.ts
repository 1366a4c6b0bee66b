import { describe, expect, test } from "bun:test";
import { type ClientLinkOptions, openClientLink, UpgradeRefused } from "../../../src/linksocks/link/client-link.ts";
import { CLOSE_CODE, CONGESTED_BYTES, DRAINED_BYTES, type Link } from "../../../src/linksocks/link/link.ts";
import { freePort } from "../../rig/free-port.ts";
import { until } from "../../rig/until.ts";
import { congest, createLinkEar, isIntact } from "./link-rig.ts";

const SECRET = "0123456789abcdef";

describe("an open link", () => {
  test("an open link is told of before anything is heard on it, and hears texts and binary messages alike", async () => {
    await using server = serve();
    const { ear, link, peer } = await connect(server);
    peer.send("a text");
    peer.send(new Uint8Array([1, 2]));
    await until("both messages", () => ear.frames.length === 2);
    expect(ear.frames.map((frame) => [Buffer.isBuffer(frame), frame.toString("latin1")])).toEqual([
      [true, "a text"],
      [true, "\x01\x02"],
    ]);
    link.terminate();
  });

  test("an open link brings the user's headers along", async () => {
    await using server = serve();
    const { link } = await connect(server, { headers: { "X-Way": "north" } });
    expect(server.requests[0]?.headers.get("x-way")).toBe("north");
    link.terminate();
  });

  test("an open link sends what it is given as binary, as it was at that moment", async () => {
    await using server = serve();
    const { link } = await connect(server);
    const scratch = Buffer.from("first");
    link.send(scratch);
    scratch.write("other");
    link.send(scratch);
    await until("both messages", () => server.received.length === 2);
    expect(server.received.map(String)).toEqual(["first", "other"]);
    link.terminate();
  });

  test("an open link is congested by a peer that does not read, until most is gone, and loses and changes nothing", async () => {
    await using server = serve();
    const { ear, link, peer } = await connect(server);
    peer.pause();
    let left = Number.NaN;
    const count = congest(link);
    expect(link.bufferedBytes).toBeGreaterThan(CONGESTED_BYTES);
    expect(ear.calls).toEqual([]);
    ear.onRoom = () => {
      left = link.bufferedBytes;
    };
    peer.resume();
    await until("room", () => ear.calls.length > 0);
    expect(link.isCongested).toBe(false);
    expect(left).toBeLessThanOrEqual(DRAINED_BYTES);
    await until("all messages", () => server.received.length === count);
    expect(isIntact(server.received, count)).toBe(true);
    expect(ear.calls).toEqual(["drain"]);
    link.terminate();
  });

  test("an open link tells of no room once it has closed", async () => {
    await using server = serve();
    const { ear, link, peer } = await connect(server);
    peer.pause();
    congest(link);
    link.terminate();
    await until("the end", () => ear.calls.length > 0);
    const { link: other } = await connect(server);
    other.send(Buffer.from("later"));
    await until("a later message", () => server.received.some((message) => String(message) === "later"));
    expect(ear.calls).toEqual([expect.stringMatching(/^close: /)]);
    other.terminate();
  });

  test("an open link waits for no room once it has closed, whatever was left", async () => {
    await using server = serve();
    const { ear, link, peer } = await connect(server);
    peer.pause();
    for (let count = 0; count < 64; count += 1) link.send(Buffer.alloc(256 * 1024));
    link.terminate();
    await until("the end", () => ear.calls.length > 0);
    expect(link.bufferedBytes).toBeGreaterThan(CONGESTED_BYTES);
    expect(link.isCongested).toBe(false);
  });

  test("an open link hears nothing while it is paused, and then all", async () => {
    await using server = serve();
    const { ear, link, peer } = await connect(server);
    link.pause();
    for (const text of ["one", "two"]) peer.send(text);
    link.send(Buffer.from("still sending"));
    await until("a message the other way", () => server.received.length === 1);
    expect(ear.frames).toEqual([]);
    link.resume();
    await until("both messages", () => ear.frames.length === 2);
    expect(ear.frames.map(String)).toEqual(["one", "two"]);
    link.terminate();
  });

  test("an open link hears the peer's pings and pongs", async () => {
    await using server = serve();
    const { ear, link, peer } = await connect(server);
    link.ping();
    await until("the answer", () => ear.calls.includes("pong"));
    peer.ping();
    await until("the question", () => ear.calls.includes("life"));
    link.pong();
    await until("the word", () => server.pongs() > 1);
    link.terminate();
  });

  test.each(Object.entries(CLOSE_CODE))("an open link says goodbye with the code for %s", async (reason, code) => {
    await using server = serve();
    const { ear, link } = await connect(server);
    link.close(code, reason);
    link.send(Buffer.from("late"));
    await until("the end", () => server.closed.length === 1);
    expect(server.closed).toEqual([[code, reason]]);
    expect(server.received).toEqual([]);
    await until("the own end", () => ear.calls.length === 1);
  });

  test.each([
    ["the peer's reason", 1008, "token removed", "close: token removed"],
    ["its code where it gives none", 1001, "", "close: closed with code 1001"],
  ])("an open link tells of an end with %s", async (_, code, reason, told) => {
    await using server = serve();
    const { ear, peer } = await connect(server);
    peer.close(code, reason);
    await until("the end", () => ear.calls.length > 0);
    expect(ear.calls).toEqual([told]);
  });

  test("an open link tells of a peer that is gone without a word, and nothing of the URL", async () => {
    await using server = serve();
    const { ear, peer } = await connect(server);
    peer.terminate();
    await until("the end", () => ear.calls.length > 0);
    expect(ear.calls).toEqual([expect.stringMatching(/^close: ./)]);
    expect(ear.calls.join()).not.toContain(SECRET);
  });
});

describe("a link that cannot be opened", () => {
  test.each([302, 401, 404, 500])("a link that cannot be opened tells the status %d of the answer", async (status) => {
    await using server = serve(() => new Response("no", { status, headers: { Location: "/else" } }));
    const error = await failureOf({ url: server.url });
    expect(error).toBeInstanceOf(UpgradeRefused);
    expect(error).toMatchObject({ status, message: `the server answered with status ${status}` });
  });

  test.each([
    ["nobody listens", () => ({ url: `ws://127.0.0.1:${freePort()}/socket?token=${SECRET}` }), "refuses connections"],
    [
      "there is no such host",
      () => ({ url: `ws://no-such-host.invalid/socket?token=${SECRET}` }),
      "there is no host no-such-host.invalid",
    ],
    [
      "the URL holds a password too",
      () => ({ url: `ws://user:${SECRET}@127.0.0.1:${freePort()}/?token=${SECRET}` }),
      "ws://127.0.0.1:",
    ],
    [
      "the proxy is not there",
      (url: string) => ({ url, proxy: `http://user:${SECRET}@127.0.0.1:${freePort()}` }),
      "the environment's proxy 127.0.0.1:",
    ],
    ["the server speaks no TLS", (url: string) => ({ url: url.replace("ws:", "wss:") }), "does not speak TLS as asked"],
  ])(
    "a link that cannot be opened says why where %s, and shows nothing of the URL behind its host",
    async (_, make, why) => {
      await using server = serve();
      const { message } = await failureOf(make(server.url));
      expect(message).toContain(why);
      for (const secret of [SECRET, "token", "socket"]) expect(message).not.toContain(secret);
    },
  );

  test("a link that cannot be opened is given up in time, its connection closed, and nobody is told of a link later", async () => {
    using silent = serveSilence();
    const error = await failureOf({ url: silent.url, milliseconds: 20 });
    expect(error.message).toBe("timed out");
    await until("the end of the connection", () => silent.closed() === 1);
  });

  test("a link that cannot be opened is given up at a word, its connection closed", async () => {
    using silent = serveSilence();
    const giving = new AbortController();
    const failing = failureOf({ url: silent.url, signal: giving.signal });
    await until("the connection", () => silent.opened() === 1);
    giving.abort();
    expect((await failing).message).toBe("given up");
    await until("the end of the connection", () => silent.closed() === 1);
  });

  test("a link that cannot be opened is given up at once where the word came before", async () => {
    using silent = serveSilence();
    expect((await failureOf({ url: silent.url, signal: AbortSignal.abort() })).message).toBe("given up");
  });
});

function optionsFor(more: Partial<ClientLinkOptions>): ClientLinkOptions {
  return {
    part: "client",
    url: "",
    headers: {},
    certificateAuthority: undefined,
    proxy: undefined,
    milliseconds: 10_000,
    signal: new AbortController().signal,
    ...more,
  };
}

async function failureOf(options: Partial<ClientLinkOptions>): Promise<Error> {
  const opening = openClientLink(optionsFor(options), () => {
    throw new Error("it was opened");
  });
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error("it was opened");
}

type Server = ReturnType<typeof serve>;

async function connect(server: Server, options: Partial<ClientLinkOptions> = {}) {
  const ear = createLinkEar();
  const accepted = Promise.withResolvers<Link>();
  await openClientLink(optionsFor({ url: server.url, ...options }), (link) => {
    accepted.resolve(link);
    return ear;
  });
  const peer = await until("the server's side", () => server.peers[0]);
  return { ear, link: await accepted.promise, peer };
}

/** A plain WebSocket server; `answer` in place of it. */
function serve(answer?: () => Response) {
  const received: Buffer[] = [];
  const peers: Bun.ServerWebSocket<undefined>[] = [];
  const closed: (readonly [number, string])[] = [];
  const requests: { readonly headers: Headers }[] = [];
  let pongs = 0;
  const server = Bun.serve<undefined>({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, bun) {
      requests.push({ headers: new Headers(request.headers) });
      if (answer !== undefined) return answer();
      return bun.upgrade(request, { data: undefined }) ? undefined : new Response("", { status: 400 });
    },
    websocket: {
      open: (socket) => void peers.push(socket),
      message: (_, message) => void received.push(Buffer.from(message)),
      close: (_, code, reason) => void closed.push([code, reason]),
      pong: () => {
        pongs += 1;
      },
    },
  });
  return {
    url: `ws://127.0.0.1:${server.port}/socket?token=${SECRET}`,
    received,
    peers,
    closed,
    requests,
    pongs: () => pongs,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** A server that accepts connections and says nothing. */
function serveSilence() {
  let [opened, closed] = [0, 0];
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open() {
        opened += 1;
      },
      data: () => undefined,
      close() {
        closed += 1;
      },
    },
  });
  return {
    url: `ws://127.0.0.1:${listener.port}/socket?token=${SECRET}`,
    opened: () => opened,
    closed: () => closed,
    [Symbol.dispose]: () => listener.stop(true),
  };
}
