import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import {
  authFrame,
  bodyOf,
  channelId,
  connectFrame,
  connectResponseFrame,
  connectWithoutTarget,
  dataFrame,
  disconnectFrame,
  frame,
  logFrame,
  partnersFrame,
  TYPE,
} from "../../rig/linksocks-frames.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { startSink, startTcpEcho, type Target } from "../../rig/linksocks-targets.ts";
import { openRawLink, type RawLink } from "../../rig/raw-link.ts";
import { expectEcho } from "../../rig/raw-server-scene.ts";

const LONGEST_MESSAGE = 32 * 1024 * 1024;
const CHANNEL = channelId("channel");

let server: LinksocksPeer;
let relay: LinksocksPeer;
let echo: Target;

beforeAll(async () => {
  [server, relay] = await Promise.all([
    OWN_LINKSOCKS.start("server", { token: "forward" }),
    OWN_LINKSOCKS.start("server", { token: "reverse", reverse: true, connectorToken: "connector" }),
  ]);
  echo = startTcpEcho();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await relay[Symbol.asyncDispose]();
  echo[Symbol.dispose]();
});

describe("our own server and a client that speaks bytes", () => {
  test.each<readonly [string, readonly (Uint8Array | string)[]]>([
    ["direct mode", [0x0b, 0x0c, 0x0d].map((type) => frame(type, Buffer.from("\0\0\0\u0002{}")))],
    ["migration", [0x0e, 0x0f, 0x10, 0x11].map((type) => frame(type, Buffer.from("\0\0\0\u0002{}")))],
    ["types that nobody knows", [frame(0xfe), frame(0xfe, [0, 0]), frame(0x00), frame(0xff, [1])]],
    ["the greeting of direct mode", [logFrame("debug", "linksocks_client_hello:direct_signaling=1")]],
    ["a log at a level of its own", [logFrame("loud", "hello"), frame(TYPE.log, Buffer.from("\0\0\0\u0002{}"))]],
    [
      "messages that only a server sends",
      [partnersFrame(3), frame(TYPE.authResponse, [1]), authFrame("forward", false)],
    ],
    ["version 0.2", [Buffer.from([0x02, 0xfe])]],
    ["a text message", [logFrame("debug", "as text").toString()]],
    [
      "what belongs to no channel",
      [dataFrame(CHANNEL, "lost"), disconnectFrame(CHANNEL), connectResponseFrame(CHANNEL)],
    ],
  ])("our own server tolerates %s", async (_, messages) => {
    using link = await logIn(server, "forward");
    for (const message of messages) link.send(message);
    await expectEcho(link, CHANNEL, echo.port);
  });

  test("our own server tolerates bytes behind the last field", async () => {
    using link = await logIn(server, "forward");
    link.send(connectFrame(CHANNEL, "127.0.0.1", echo.port, [0, 7, 7]));
    expect(await link.next(TYPE.connectResponse)).toEqual(connectResponseFrame(CHANNEL));
    link.send(Buffer.concat([dataFrame(CHANNEL, "hello"), Buffer.from([0, 0, 0, 0, 0, 0, 0, 7])]));
    expect(bodyOf(await link.next(TYPE.data)).toString()).toBe("hello");
    link.send(Buffer.concat([disconnectFrame(CHANNEL, "EOF"), Buffer.from("behind")]));
    await expectEcho(link, channelId("next"), echo.port);
  });

  test("our own server tolerates a channel in text messages and in version 0.2", async () => {
    using link = await logIn(server, "forward");
    link.send(Buffer.concat([Buffer.from([0x02]), connectFrame(CHANNEL, "127.0.0.1", echo.port).subarray(1)]));
    expect(await link.next(TYPE.connectResponse)).toEqual(connectResponseFrame(CHANNEL));
    link.send(dataFrame(CHANNEL, "as text").toString());
    expect(bodyOf(await link.next(TYPE.data)).toString()).toBe("as text");
  });

  test("our own server takes gzip of one member, of several, and of one stored block", async () => {
    using link = await logIn(server, "forward");
    await connect(link, CHANNEL);
    const stored = Buffer.from("1f8b08000000000000ff010500faff68656c6c6f86a6103605000000", "hex");
    for (const [body, plain] of [
      [gzipSync("once"), "once"],
      [Buffer.concat([gzipSync("one and "), gzipSync("two")]), "one and two"],
      [stored, "hello"],
    ] as const) {
      link.send(dataFrame(CHANNEL, body, true));
      expect(bodyOf(await link.next(TYPE.data)).toString()).toBe(plain);
    }
  });

  test.each<readonly [string, Uint8Array]>([
    ["another major version", Buffer.from([0x11, 0xfe, 0, 0])],
    ["an empty message", new Uint8Array(0)],
    ["one byte", new Uint8Array([1])],
    ["a Connect without a port", connectFrame(CHANNEL, "a", 1).subarray(0, -1)],
    ["Data that is shorter than it says", dataFrame(CHANNEL, "hello").subarray(0, -1)],
    ["Data of UDP without addresses", Buffer.concat([frame(TYPE.data, [2], CHANNEL), Buffer.alloc(5)])],
    ["half a Disconnect", frame(TYPE.disconnect, CHANNEL.subarray(8))],
    ["a log that is no JSON", frame(TYPE.log, [0, 0, 0, 1], Buffer.from("{"))],
  ])("our own server closes after %s, and serves the others on", async (_, message) => {
    using other = await logIn(server, "forward");
    using link = await logIn(server, "forward");
    link.send(message);
    expect((await link.closed).code).toBe(1002);
    await expectEcho(other, CHANNEL, echo.port);
  });

  test.each<readonly [string, Uint8Array]>([
    ["is not gzip", Buffer.from("abc")],
    ["breaks off", gzipSync("hello").subarray(0, -9)],
    ["becomes 65 MiB", gzipOfZeros(65 * 1024 * 1024)],
  ])("our own server closes after a compressed body that %s", async (_, body) => {
    using link = await logIn(server, "forward");
    await connect(link, CHANNEL);
    link.send(dataFrame(CHANNEL, body, true));
    expect((await link.closed).code).toBe(1002);
  });

  test("our own server takes a message of 32 MiB whole, and none above", async () => {
    using link = await logIn(server, "forward");
    const body = Buffer.alloc(LONGEST_MESSAGE - dataFrame(CHANNEL, "").length, 7);
    using sink = startSink(body.length);
    await connect(link, CHANNEL, sink);
    link.send(dataFrame(CHANNEL, body));
    expect((await sink.received).length).toBe(body.length);
    link.send(Buffer.concat([dataFrame(CHANNEL, body), Buffer.from([0])]));
    expect((await link.closed).code).toBe(1009);
  });

  test.each<readonly [string, Uint8Array]>([
    ["port 0", connectFrame(CHANNEL, "127.0.0.1", 0)],
    ["no host", connectFrame(CHANNEL, "", 80)],
    ["a protocol that nobody knows", connectWithoutTarget(CHANNEL, 3)],
    ["no protocol", connectWithoutTarget(CHANNEL, 0)],
    ["a host that is none", connectFrame(CHANNEL, "no such\r\nhost", 80)],
    ["a port that nobody listens on", connectFrame(CHANNEL, "127.0.0.1", 1)],
  ])("our own server answers a Connect with %s with a failure", async (_, message) => {
    using link = await logIn(server, "forward");
    link.send(message);
    const answer = await link.next(TYPE.connectResponse);
    expect(answer.subarray(2, 19)).toEqual(Buffer.concat([Buffer.from([0]), CHANNEL]));
    expect(answer.length).toBe(20 + (answer[19] ?? 0));
    await expectEcho(link, CHANNEL, echo.port);
  });

  test("our own server answers a Connect for a channel that is in use with a failure, and the channel goes on", async () => {
    using link = await logIn(server, "forward");
    await connect(link, CHANNEL);
    link.send(connectFrame(CHANNEL, "127.0.0.1", echo.port));
    expect((await link.next(TYPE.connectResponse)).subarray(2, 3)).toEqual(Buffer.from([0]));
    link.send(dataFrame(CHANNEL, "still here"));
    expect(bodyOf(await link.next(TYPE.data)).toString()).toBe("still here");
  });

  test("our own server lets no client reach another one's channel", async () => {
    using mine = await logIn(server, "forward");
    using yours = await logIn(server, "forward");
    await connect(mine, CHANNEL);
    yours.send(dataFrame(CHANNEL, "yours"));
    yours.send(disconnectFrame(CHANNEL));
    // What came before is done by then.
    await expectEcho(yours, channelId("own"), echo.port);
    mine.send(dataFrame(CHANNEL, "mine"));
    expect(bodyOf(await mine.next(TYPE.data)).toString()).toBe("mine");
  });

  test("our own server lets no provider reach a channel that another one carries", async () => {
    using carrier = await logIn(relay, "reverse", true);
    using connector = await logIn(relay, "connector");
    connector.send(connectFrame(CHANNEL, "example.com", 443));
    await carrier.next(TYPE.connect);
    using other = await logIn(relay, "reverse", true);
    other.send(connectResponseFrame(CHANNEL, "no"));
    other.send(dataFrame(CHANNEL, "not mine"));
    other.send(disconnectFrame(CHANNEL));
    // It is answered when all before it is done.
    other.send(connectWithoutTarget(channelId("own"), 2));
    await other.next(TYPE.connectResponse);
    carrier.send(connectResponseFrame(CHANNEL));
    carrier.send(dataFrame(CHANNEL, "mine"));
    expect(await connector.next(TYPE.connectResponse)).toEqual(connectResponseFrame(CHANNEL));
    expect(await connector.next(TYPE.data)).toEqual(dataFrame(CHANNEL, "mine"));
  });

  test("our own server resumes nothing", async () => {
    using link = await logIn(server, "forward");
    for (const message of [connectFrame(CHANNEL, "127.0.0.1", echo.port, [1]), connectWithoutTarget(CHANNEL, 2, [1])]) {
      link.send(message);
      expect(await link.next(TYPE.disconnect)).toEqual(disconnectFrame(CHANNEL, "channel expired"));
    }
    using connector = await logIn(relay, "connector");
    connector.send(connectFrame(CHANNEL, "127.0.0.1", echo.port, [1]));
    expect(await connector.next(TYPE.disconnect)).toEqual(disconnectFrame(CHANNEL, "channel expired"));
  });

  test("our own server is no way out for a provider", async () => {
    using provider = await logIn(relay, "reverse", true);
    for (const message of [connectFrame(CHANNEL, "127.0.0.1", echo.port), connectWithoutTarget(CHANNEL, 2)]) {
      provider.send(message);
      expect(await provider.next(TYPE.connectResponse)).toEqual(
        connectResponseFrame(CHANNEL, "a provider may not connect"),
      );
    }
  });

  test("our own server carries out what comes behind the Auth in one go", async () => {
    using link = await openRawLink(`${server.url}/socket`);
    link.send(authFrame("forward", false));
    link.send(connectFrame(CHANNEL, "127.0.0.1", echo.port));
    link.send(dataFrame(CHANNEL, "early"));
    expect(bodyOf(await link.next(TYPE.data)).toString()).toBe("early");
    expect(link.received[0]?.[1]).toBe(TYPE.authResponse);
  });
});

async function logIn({ url }: LinksocksPeer, token: string, isProvider = false): Promise<RawLink> {
  const link = await openRawLink(`${url}/socket/`);
  link.send(authFrame(token, isProvider));
  await link.next(TYPE.authResponse);
  return link;
}

async function connect(link: RawLink, channel: Buffer, target: Target = echo): Promise<void> {
  link.send(connectFrame(channel, "127.0.0.1", target.port));
  expect(await link.next(TYPE.connectResponse)).toEqual(connectResponseFrame(channel));
}

/** Some 65 kB for 65 MiB. */
function gzipOfZeros(length: number): Buffer {
  return gzipSync(Buffer.alloc(length));
}
