import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  authResponseFrame,
  bodyOf,
  channelId,
  channelOf,
  connectFrame,
  connectResponseFrame,
  dataFrame,
  disconnectFrame,
  frame,
  logFrame,
  partnersFrame,
  str8,
  TYPE,
} from "../../rig/linksocks-frames.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import { startTcpEcho, type Target } from "../../rig/linksocks-targets.ts";
import { startRawServer } from "../../rig/raw-server.ts";
import { askThrough, expectEcho, openThrough, setRawServerScene } from "../../rig/raw-server-scene.ts";

const LONGEST_MESSAGE = 32 * 1024 * 1024;
const CHANNEL = channelId("channel");

let echo: Target;
beforeAll(() => {
  echo = startTcpEcho();
});
afterAll(() => echo[Symbol.dispose]());

describe("our own client and a server that speaks bytes", () => {
  test("our own client takes what overtakes the answer to its login for later, in order", async () => {
    await using scene = await setRawServerScene("provider", {}, (link) => {
      link.send(partnersFrame(1));
      link.send(connectFrame(CHANNEL, "127.0.0.1", echo.port));
      link.send(dataFrame(CHANNEL, "early"));
      link.send(authResponseFrame());
    });
    const link = await scene.link();
    expect(await link.next(TYPE.connectResponse)).toEqual(connectResponseFrame(CHANNEL));
    expect(bodyOf(await link.next(TYPE.data)).toString()).toBe("early");
  });

  test.each<readonly [string, readonly (Uint8Array | string)[]]>([
    ["direct mode", [0x0b, 0x0c, 0x0d].map((type) => frame(type, Buffer.from("\0\0\0\u0002{}")))],
    ["migration", [0x0e, 0x0f, 0x10, 0x11].map((type) => frame(type, Buffer.from("\0\0\0\u0002{}")))],
    ["types that nobody knows", [frame(0xfe), frame(0xfe, [0, 0]), frame(0x00), Buffer.from([0x02, 0xfe])]],
    ["the greeting of direct mode", [logFrame("debug", "linksocks_server_hello:direct_signaling=1")]],
    ["text messages", [logFrame("info", "as text").toString(), partnersFrame(2).toString()]],
    ["bytes behind the last field", [Buffer.concat([partnersFrame(2), Buffer.from("behind")])]],
    [
      "what belongs to no channel",
      [dataFrame(CHANNEL, "lost"), disconnectFrame(CHANNEL), connectResponseFrame(CHANNEL)],
    ],
    ["an answer that nobody asked for", [frame(TYPE.connectorResponse, CHANNEL, [1])]],
  ])("our own client tolerates %s", async (_, messages) => {
    await using scene = await setRawServerScene("provider");
    const link = await scene.link();
    for (const message of messages) link.send(message);
    await expectEcho(link, CHANNEL, echo.port);
  });

  test.each<readonly [string, Uint8Array]>([
    ["another major version", Buffer.from([0x11, 0xfe, 0, 0])],
    ["a count that is a text", frame(TYPE.partners, [0, 0, 0, 13], Buffer.from('{"count":"1"}'))],
    ["Data that is shorter than it says", dataFrame(CHANNEL, "hello").subarray(0, -1)],
  ])("our own client hangs up after %s, and comes again", async (_, message) => {
    await using scene = await setRawServerScene("provider");
    const link = await scene.link();
    link.send(message);
    expect((await link.closed).code).toBe(1002);
    await expectEcho(await scene.link(1), CHANNEL, echo.port);
  });

  test("our own client takes a message of 32 MiB, and none above", async () => {
    await using scene = await setRawServerScene("provider");
    const link = await scene.link();
    link.send(frame(0xfe, Buffer.alloc(LONGEST_MESSAGE - 2)));
    await expectEcho(link, CHANNEL, echo.port);
    link.send(frame(0xfe, Buffer.alloc(LONGEST_MESSAGE - 1)));
    expect((await link.closed).code).toBe(1009);
  });

  test.each([
    ["255 bytes", "x".repeat(255), "x".repeat(255)],
    ["300 bytes, whose length says 44", "y".repeat(300), "y".repeat(44)],
    ["no text", "", "invalid token"],
  ])("our own client shows why the server refused it, in %s", async (_, error, shown) => {
    await using server = startRawServer({ onLink: (link) => link.send(authResponseFrame(error)) });
    const starting = OWN_LINKSOCKS.start("client", { url: server.url, token: "token" });
    await expect(starting).rejects.toThrow(new RegExp(`authentication failed: ${shown}$`, "m"));
  });

  test.each<readonly [string, (channel: Buffer) => Uint8Array]>([
    ["255 bytes", (channel) => connectResponseFrame(channel, "x".repeat(255))],
    ["300 bytes, whose length says 44", (channel) => connectResponseFrame(channel, "x".repeat(300))],
    ["no text", (channel) => connectResponseFrame(channel, "")],
    ["not even a length", (channel) => frame(TYPE.connectResponse, [0], channel)],
  ])("our own client tells the program of a refusal of %s, and stays", async (_, refuse) => {
    await using scene = await setRawServerScene("client");
    const link = await scene.link();
    const { stream, connect } = await askThrough(scene, link, { host: "example.com", port: 443 });
    link.send(refuse(channelOf(connect)));
    await expect(stream).rejects.toThrow("refused with 4");
    using _stream = await openThrough(scene, link);
  });

  test("our own client comes again with the token that the server gave it, and the same instance", async () => {
    await using scene = await setRawServerScene("client", { token: "mine" }, (link) => {
      link.send(Buffer.concat([authResponseFrame(), str8("assigned-token")]));
    });
    (await scene.link()).close();
    await scene.link(1);
    const queries = scene.server.requests.map(({ url }) => new URL(url).searchParams);
    const hash = (token: string) => createHash("sha256").update(token).digest("hex");
    expect(queries.map((query) => query.get("token"))).toEqual([hash("mine"), hash("assigned-token")]);
    expect(queries[1]?.get("instance")).toBe(queries[0]?.get("instance") ?? "");
  });

  test("our own client sends the headers that it was given, and no Origin", async () => {
    const words = ["--header", "User-Agent: example", "--header", "X-Letter: a: b"];
    await using scene = await setRawServerScene("client", { words });
    const [request] = scene.server.requests;
    expect(request?.headers.get("user-agent")).toBe("example");
    expect(request?.headers.get("x-letter")).toBe("a: b");
    expect(request?.headers.has("origin")).toBe(false);
    expect(request?.headers.has("sec-websocket-extensions")).toBe(false);
  });
});
