import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import {
  bodyOf,
  channelId,
  channelOf,
  connectFrame,
  connectResponseFrame,
  connectWithoutTarget,
  dataFrame,
  disconnectFrame,
  logFrame,
  TYPE,
} from "../../rig/linksocks-frames.ts";
import { startTcpEcho, type Target } from "../../rig/linksocks-targets.ts";
import { askThrough, expectEcho, openThrough, setRawServerScene } from "../../rig/raw-server-scene.ts";
import { connectThroughSocks } from "../../rig/socks5-client.ts";

const CHANNEL = channelId("channel");

let echo: Target;
beforeAll(() => {
  echo = startTcpEcho();
});
afterAll(() => echo[Symbol.dispose]());

describe("the channels of our own client, at a server that speaks bytes", () => {
  test("our own client sends a Connect just as it stands in the protocol", async () => {
    await using scene = await setRawServerScene("client");
    const link = await scene.link();
    const { stream, connect } = await askThrough(scene, link, { host: "Example.COM", port: 443 });
    expect(connect).toEqual(connectFrame(channelOf(connect), "Example.COM", 443));
    link.send(connectResponseFrame(channelOf(connect)));
    (await stream).close();
  });

  test("our own client with fast open, sends Data before the answer, in order", async () => {
    await using scene = await setRawServerScene("client", { fastOpen: true });
    const link = await scene.link();
    using stream = await connectThroughSocks({ port: scene.peer.socksPort }, { host: "example.com", port: 443 });
    await stream.write("one, ");
    const connect = await link.next(TYPE.connect);
    let text = bodyOf(await link.next(TYPE.data)).toString();
    await stream.write("two");
    text += bodyOf(await link.next(TYPE.data)).toString();
    expect(text).toBe("one, two");
    link.send(connectResponseFrame(channelOf(connect)));
    link.send(dataFrame(channelOf(connect), "three"));
    expect(Buffer.from(await stream.readExactly(5)).toString()).toBe("three");
  });

  test("our own client delivers a reply that comes after the program's end, and tells that end once", async () => {
    await using scene = await setRawServerScene("client");
    const link = await scene.link();
    using stream = await openThrough(scene, link);
    await stream.write("question");
    const channel = channelOf(await link.next(TYPE.data));
    stream.finish();
    expect(await link.next(TYPE.disconnect)).toEqual(disconnectFrame(channel, "EOF"));
    link.send(dataFrame(channel, "a late answer"));
    expect(Buffer.from(await stream.readExactly(13)).toString()).toBe("a late answer");
    link.send(disconnectFrame(channel, "EOF"));
    expect(await stream.read()).toBeUndefined();
    await scene.settle(link);
    expect(link.received.filter((message) => message[1] === TYPE.disconnect)).toHaveLength(1);
  });

  test("our own client reads gzip, and hangs up after what only looks like it", async () => {
    await using scene = await setRawServerScene("client");
    const link = await scene.link();
    using stream = await openThrough(scene, link);
    await stream.write("question");
    const channel = channelOf(await link.next(TYPE.data));
    link.send(dataFrame(channel, Buffer.concat([gzipSync("one and "), gzipSync("two")]), true));
    expect(Buffer.from(await stream.readExactly(11)).toString()).toBe("one and two");
    link.send(dataFrame(channel, "no gzip", true));
    expect((await link.closed).code).toBe(1002);
  });

  test("our own client as a client, never dials", async () => {
    await using scene = await setRawServerScene("client");
    const link = await scene.link();
    link.send(connectFrame(CHANNEL, "127.0.0.1", echo.port));
    await scene.settle(link);
    expect(link.received.some((message) => message[1] === TYPE.connectResponse)).toBe(false);
  });

  test("our own client as a provider, refuses what cannot be reached, resumes nothing, and answers every Connect", async () => {
    await using scene = await setRawServerScene("provider");
    const link = await scene.link();
    for (const message of [
      connectFrame(CHANNEL, "127.0.0.1", 0),
      connectFrame(CHANNEL, "127.0.0.1", 1),
      connectWithoutTarget(CHANNEL, 3),
    ]) {
      link.send(message);
      expect((await link.next(TYPE.connectResponse)).subarray(2, 19)).toEqual(
        Buffer.concat([Buffer.from([0]), CHANNEL]),
      );
    }
    link.send(connectFrame(CHANNEL, "127.0.0.1", echo.port, [1]));
    expect(await link.next(TYPE.disconnect)).toEqual(disconnectFrame(CHANNEL, "channel expired"));
    await expectEcho(link, CHANNEL, echo.port);
    link.send(connectFrame(CHANNEL, "127.0.0.1", echo.port));
    expect((await link.next(TYPE.connectResponse))[2]).toBe(0);
  });

  test("our own client as a provider, answers a probe", async () => {
    await using scene = await setRawServerScene("provider");
    const link = await scene.link();
    link.send(logFrame("trace", 'probe:{"version":"x","time":1}'));
    const answer = JSON.parse((await link.next(TYPE.log)).subarray(6).toString());
    expect(answer).toEqual({ level: "trace", msg: expect.stringMatching(/^pong:{"version":"[^"]+"}$/) });
    await expectEcho(link, CHANNEL, echo.port);
  });
});
