import { afterEach, describe, expect, test } from "bun:test";
import { CLIENT_HELLO, SERVER_HELLO } from "../../../src/linksocks/codec/message.ts";
import type { ClientOptions } from "../../../src/linksocks/options.ts";
import {
  authResponseFrame,
  bodyOf,
  channelId,
  connectFrame,
  connectResponseFrame,
  logFrame,
  partnersFrame,
  TYPE,
} from "../../rig/linksocks-frames.ts";
import type { RawLink } from "../../rig/raw-link.ts";
import { startRawServer } from "../../rig/raw-server.ts";
import { connectThroughSocks } from "../../rig/socks5-client.ts";
import { serveTcp } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";
import { start, stopAll, stopAtEnd } from "./running-rig.ts";

afterEach(stopAll);

describe("what a server says", () => {
  test("a hello of our own is answered, and windows are kept from then on", async () => {
    const { link, ask } = await startAtRawServer();
    link.send(logFrame(SERVER_HELLO.level, SERVER_HELLO.text));
    expect(await link.next(TYPE.log)).toEqual(logFrame(CLIENT_HELLO.level, CLIENT_HELLO.text));
    expect((await ask()).subarray(-8)).toEqual(Buffer.from([0, 0x77, 0x70, 1, 0, 4, 0, 0]));
  });

  test("without a hello of our own no windows are kept", async () => {
    const { ask } = await startAtRawServer();
    expect((await ask()).subarray(-2)).toEqual(Buffer.from([0, 80]));
  });

  test("what a server says is logged, at its level, or as debug", async () => {
    const { link, lines } = await startAtRawServer();
    for (const level of ["info", "error", "shout"]) link.send(logFrame(level, `with ${level}`));
    link.send(partnersFrame(2));
    await until("all", () => lines.includes("info 2 providers at the server"));
    expect(lines.slice(-4, -1)).toEqual([
      "info server: with info",
      "error server: with error",
      "debug server: with shout",
    ]);
  });

  test("a provider says that it lives where it is probed", async () => {
    const { link } = await startAtRawServer({ role: "provider" });
    link.send(logFrame("trace", "probe:1"));
    expect(String(await link.next(TYPE.log))).toContain("pong:");
  });

  test("a client dials for nobody, a provider does", async () => {
    const target = serveTcp("127.0.0.1", 0, async (stream) => stream.write("hello"));
    stopAtEnd(target.close);
    const connect = connectFrame(channelId("c"), "127.0.0.1", target.port);
    const { link: provider } = await startAtRawServer({ role: "provider" });
    provider.send(connect);
    expect(await provider.next(TYPE.connectResponse)).toEqual(connectResponseFrame(channelId("c")));
    expect(String(bodyOf(await provider.next(TYPE.data)))).toBe("hello");
    const { link: client, lines } = await startAtRawServer();
    client.send(connect);
    client.send(logFrame("info", "done"));
    await until("what follows", () => lines.includes("info server: done"));
    expect(client.received).toEqual([]);
  });
});

/** A client that is ready, and a server whose bytes the test writes. */
async function startAtRawServer(options: Partial<ClientOptions> = {}) {
  const links: RawLink[] = [];
  const server = startRawServer({
    onLink(link) {
      links.push(link);
      link.send(authResponseFrame());
    },
  });
  stopAtEnd(() => server[Symbol.asyncDispose]());
  const { client, lines } = await start({ url: server.url, ...options });
  await client.ready;
  const link = await until("the connection", () => links[0]);
  return {
    link,
    lines,
    /** Asks through SOCKS. @returns the Connect that the server hears. */
    async ask() {
      const asking = connectThroughSocks({ port: client.socksPort ?? 0 }, { host: "example.com", port: 80 });
      asking.then(
        (stream) => stream.close(),
        () => undefined,
      );
      return await link.next(TYPE.connect);
    },
  };
}
