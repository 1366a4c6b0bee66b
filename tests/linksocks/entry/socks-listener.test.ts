import { afterEach, describe, expect, jest, test } from "bun:test";
import type { Trunk } from "../../../src/linksocks/channel/trunk.ts";
import { listenForSocks, type SocksListenerOptions } from "../../../src/linksocks/entry/socks-listener.ts";
import { encodeSocksReply, SOCKS_REPLY } from "../../../src/net/proxy/socks-codec.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { turn } from "../../rig/event-loop.ts";
import { accepts } from "../../rig/socks.ts";
import { connectTcp } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";
import { createExit, tcpData } from "./entry-rig.ts";

const LOOPBACK = "127.0.0.1";
const GREETING = new Uint8Array([5, 1, 0]);
const CONNECT = new Uint8Array([5, 1, 0, 3, 11, ...Buffer.from("example.com"), 1, 0xbb]);
const HANDSHAKE_MS = 30_000;

afterEach(() => void jest.useRealTimers());

describe("a listener", () => {
  test("a listener takes a free port where none is named, and the same one for nobody else", () => {
    using listener = listen();
    expect(listener.port).toBeGreaterThan(0);
    const failure = failureOf({ port: listener.port });
    expect(failure.code).toBe("address-in-use");
    expect(failure.message).toBe(`cannot accept SOCKS on 127.0.0.1:${listener.port}: the port is taken`);
  });

  test("a listener cannot listen on an address of somebody else", () => {
    expect(failureOf({ host: "192.0.2.1" })).toMatchObject({
      code: "start-failed",
      message: "cannot accept SOCKS on 192.0.2.1:0",
    });
  });

  test("a listener that has stopped accepts nobody, and what it carries goes on", async () => {
    using rig = listen();
    using client = await rig.connect();
    rig.exit.answer();
    await client.readExactly(10);
    rig.stop();
    expect(await accepts(rig.port)).toBe(false);
    rig.exit.say("still here");
    expect(String(await client.read())).toBe("still here");
  });
});

describe("a client", () => {
  test("a client that names a host that is not UTF-8 is refused, and its exit is asked for nothing", async () => {
    using rig = listen();
    using client = await connectTcp(LOOPBACK, rig.port);
    await client.write(Buffer.from([...GREETING, 5, 1, 0, 3, 86, ...new Array<number>(86).fill(0xff), 0, 80]));
    expect([...(await client.readExactly(12))]).toEqual([5, 0, ...encodeSocksReply(SOCKS_REPLY.hostUnreachable)]);
    expect(await client.read()).toBeUndefined();
    expect(rig.exit.link.sent).toEqual([]);
  });

  test("a client that says all at once and waits for nothing is carried", async () => {
    using rig = listen();
    using client = await connectTcp(LOOPBACK, rig.port);
    await client.write(Buffer.concat([GREETING, CONNECT, Buffer.from("hello")]));
    expect([...(await client.readExactly(2))]).toEqual([5, 0]);
    await until("its request", () => rig.exit.link.sent.length > 0);
    expect(rig.exit.link.sent).toMatchObject([{ type: "connect", target: { host: "example.com", port: 443 } }]);
    rig.exit.answer();
    expect([...(await client.readExactly(10))]).toEqual([...encodeSocksReply(SOCKS_REPLY.succeeded)]);
    expect(rig.exit.link.sent.slice(1)).toEqual([tcpData(rig.exit.id(), "hello")]);
    rig.exit.say("you");
    expect(String(await client.read())).toBe("you");
  });

  test.each([
    ["SOCKS4a", "\x04\x01\x01\xbb\x00\x00\x00\x01me\x00example.com\x00", "\x00\x5a\x00\x00\x00\x00\x00\x00"],
    ["HTTP", "CONNECT example.com:443 HTTP/1.0\r\n\r\n", "HTTP/1.1 200 Connection established\r\n\r\n"],
  ])("a client of %s is carried, too, and answered in its own protocol", async (_, question, answer) => {
    using rig = listen();
    using client = await connectTcp(LOOPBACK, rig.port);
    await client.write(Buffer.from(`${question}hello`, "latin1"));
    await until("its request", () => rig.exit.link.sent.length > 0);
    expect(rig.exit.link.sent).toMatchObject([{ type: "connect", target: { host: "example.com", port: 443 } }]);
    rig.exit.answer();
    expect(Buffer.from(await client.readExactly(answer.length)).toString("latin1")).toBe(answer);
    expect(rig.exit.link.sent.slice(1)).toEqual([tcpData(rig.exit.id(), "hello")]);
  });

  test("a client's HTTP request in absolute form is made of its host over the connection to the server", async () => {
    using rig = listen();
    using client = await connectTcp(LOOPBACK, rig.port);
    await client.write("GET http://example.com/a HTTP/1.1\r\nHost: example.com\r\n\r\n");
    await until("its request", () => rig.exit.link.sent.length > 0);
    expect(rig.exit.link.sent).toMatchObject([{ type: "connect", target: { host: "example.com", port: 80 } }]);
    rig.exit.answer();
    await until("its head", () => rig.exit.link.sent.length > 1);
    expect(rig.exit.link.sent.slice(1)).toEqual([
      tcpData(rig.exit.id(), "GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n"),
    ]);
    const response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    rig.exit.say(response);
    expect(String(await client.readExactly(response.length))).toBe(response);
  });

  test("a client gets its answer at once with fast open", async () => {
    using rig = listen({ fastOpen: true });
    using client = await rig.connect();
    expect([...(await client.readExactly(10))]).toEqual([...encodeSocksReply(SOCKS_REPLY.succeeded)]);
  });

  test("a client has to show the credentials", async () => {
    using rig = listen({ credentials: { username: "alice", password: "secret" } });
    using wrong = await connectTcp(LOOPBACK, rig.port);
    await wrong.write(new Uint8Array([5, 1, 2, 1, 5, ...Buffer.from("alice"), 5, ...Buffer.from("wrong")]));
    expect([...(await wrong.readExactly(4))]).toEqual([5, 2, 1, 1]);
    expect(await wrong.read()).toBeUndefined();
    expect(rig.lines).toEqual(["warn 127.0.0.1 was refused on the SOCKS5 port: wrong user name or password"]);
    using http = await connectTcp(LOOPBACK, rig.port);
    await http.write("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
    await until("the word", () => rig.lines.length > 1);
    expect(rig.lines[1]).toContain("its HTTP request was answered with 407 Proxy Authentication Required");
    using right = await connectTcp(LOOPBACK, rig.port);
    await right.write(new Uint8Array([5, 1, 2, 1, 5, ...Buffer.from("alice"), 6, ...Buffer.from("secret")]));
    expect([...(await right.readExactly(4))]).toEqual([5, 2, 1, 0]);
    expect(rig.picks()).toBe(0);
    await right.write(CONNECT);
    await until("its request", () => rig.exit.link.sent.length === 1);
  });

  test("a client that speaks something else is told so and closed", async () => {
    using rig = listen();
    using client = await connectTcp(LOOPBACK, rig.port);
    await client.write("\x16\x03\x01");
    expect([...(await client.readExactly(10))]).toEqual([...encodeSocksReply(SOCKS_REPLY.generalFailure)]);
    expect(await client.read()).toBeUndefined();
  });

  test("a client that ends before it has said what it wants is closed", async () => {
    using rig = listen();
    using client = await connectTcp(LOOPBACK, rig.port);
    await client.write(GREETING);
    client.finish();
    expect([...(await client.readExactly(2))]).toEqual([5, 0]);
    expect(await client.read()).toBeUndefined();
  });

  test("a client that has not said what it wants within 30 s is closed", async () => {
    jest.useFakeTimers();
    using rig = listen();
    using client = await connectTcp(LOOPBACK, rig.port);
    await client.write(GREETING);
    await client.readExactly(2);
    jest.advanceTimersByTime(HANDSHAKE_MS - 1);
    await client.write(CONNECT.subarray(0, 3));
    jest.advanceTimersByTime(1);
    await expect(client.read().then((bytes) => bytes ?? "the end")).rejects.toThrow();
  });

  test("a client that has said it has more time than that", async () => {
    jest.useFakeTimers();
    using rig = listen();
    using client = await connectTcp(LOOPBACK, rig.port);
    await client.write(Buffer.concat([GREETING, CONNECT]));
    await client.readExactly(2);
    while (rig.exit.link.sent.length === 0) await turn();
    rig.exit.answer();
    jest.advanceTimersByTime(HANDSHAKE_MS);
    rig.exit.say("still here");
    expect(String((await client.readExactly(20)).subarray(10))).toBe("still here");
  });
});

describe("a client whose request waits for a connection to the server", () => {
  test("a client whose request waits for a connection to the server is carried once there is one, with all that it has sent, and its end", async () => {
    using rig = listen({}, "later");
    using client = await connectTcp(LOOPBACK, rig.port);
    await client.write(Buffer.concat([GREETING, CONNECT, Buffer.from("one ")]));
    await client.readExactly(2);
    await until("its request", () => rig.picks() === 1);
    await client.write("two");
    client.finish();
    rig.give(rig.exit.trunk);
    await until("its request at the exit", () => rig.exit.link.sent.length === 1);
    rig.exit.answer();
    await until("its end", () => rig.exit.link.sent.some(({ type }) => type === "disconnect"));
    const bodies = rig.exit.link.sent.map((message) => (message.type === "data" ? String(message.body) : ""));
    expect(bodies.join("")).toBe("one two");
    rig.exit.say("answer");
    expect(String((await client.readExactly(16)).subarray(10))).toBe("answer");
  });

  test("a client whose request waits for a connection, and whose end came in one piece with all that it had to say, is carried as well", async () => {
    using rig = listen({}, "later");
    using client = await connectTcp(LOOPBACK, rig.port);
    await client.write(Buffer.concat([GREETING, CONNECT, Buffer.from("all")]));
    client.finish();
    await until("its request", () => rig.picks() === 1);
    rig.give(rig.exit.trunk);
    await until("its request at the exit", () => rig.exit.link.sent.length === 1);
    rig.exit.answer();
    await until("its end", () => rig.exit.link.sent.some(({ type }) => type === "disconnect"));
    expect(rig.exit.link.sent.slice(1)).toEqual([
      tcpData(rig.exit.id(), "all"),
      { type: "disconnect", channel: rig.exit.id(), reason: "EOF" },
    ]);
  });

  test("a client whose request waits for a connection to the server is refused where none comes: the network is unreachable", async () => {
    using rig = listen({}, "later");
    using client = await connectTcp(LOOPBACK, rig.port);
    await client.write(Buffer.concat([GREETING, CONNECT]));
    await client.readExactly(2);
    rig.give(undefined);
    expect([...(await client.readExactly(10))]).toEqual([...encodeSocksReply(SOCKS_REPLY.networkUnreachable)]);
    expect(await client.read()).toBeUndefined();
  });

  test("a client that has gone while its request waited for a connection is forgotten", async () => {
    using rig = listen({}, "later");
    using staying = await connectTcp(LOOPBACK, rig.port);
    await staying.write(Buffer.concat([GREETING, CONNECT]));
    const going = await Bun.connect({ hostname: LOOPBACK, port: rig.port, socket: { data: () => undefined } });
    going.write(Buffer.concat([GREETING, CONNECT]));
    await until("both requests", () => rig.picks() === 2);
    going.terminate();
    // The listener hears of one after the other.
    using last = await connectTcp(LOOPBACK, rig.port);
    await last.write(GREETING);
    await last.readExactly(2);
    rig.give(rig.exit.trunk);
    await until("a request at the exit", () => rig.exit.link.sent.length > 0);
    await turn();
    expect(rig.exit.link.sent.map(({ type }) => type)).toEqual(["connect"]);
  });
});

type Options = Partial<SocksListenerOptions>;

/** @param trunk whether there is one at once, or whenever `give` is called. */
function listen(options: Options = {}, trunk: "now" | "later" = "now") {
  const exit = createExit();
  const given = Promise.withResolvers<Trunk | undefined>();
  const lines: string[] = [];
  let picks = 0;
  const listener = listenForSocks({
    part: "client",
    host: LOOPBACK,
    port: 0,
    credentials: { username: "", password: "" },
    fastOpen: false,
    log: (level, text) => void lines.push(`${level} ${text}`),
    pickTrunk() {
      picks += 1;
      return trunk === "now" ? exit.trunk : given.promise;
    },
    ...options,
  });
  return {
    ...listener,
    exit,
    lines,
    give: given.resolve,
    picks: () => picks,
    /** A client that has greeted and asked for its target. */
    async connect() {
      const client = await connectTcp(LOOPBACK, listener.port);
      await client.write(Buffer.concat([GREETING, CONNECT]));
      await client.readExactly(2);
      await until("its request", () => exit.link.sent.length > 0);
      return client;
    },
    [Symbol.dispose]() {
      listener.stop();
      exit.trunk.end();
    },
  };
}

function failureOf(options: Options): Failure {
  try {
    listen(options).stop();
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new Error("it listens");
}
