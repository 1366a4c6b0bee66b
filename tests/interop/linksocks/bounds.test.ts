import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createConnection } from "node:net";
import { webOk } from "../../rig/linksocks-checks.ts";
import {
  authFrame,
  channelId,
  connectFrame,
  connectResponseFrame,
  dataFrame,
  TYPE,
} from "../../rig/linksocks-frames.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { startSink, startWebTarget, type Target } from "../../rig/linksocks-targets.ts";
import { anonymousMegabytes } from "../../rig/memory.ts";
import { openRawLink } from "../../rig/raw-link.ts";
import { serveTcp } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";

const MEBIBYTE = 1024 * 1024;
const SENT_BYTES = 192 * MEBIBYTE;

/** What one client may make a server hold; a server that holds all has 192 MiB more. */
const MOST_MEGABYTES_MORE = 96;

const CHANNEL = channelId("channel");

let web: Target;
beforeAll(() => {
  web = startWebTarget();
});
afterAll(() => web[Symbol.dispose]());

// Only Linux tells what a process has for itself alone.
describe.skipIf(process.platform !== "linux")("a server of ours holds little", () => {
  test("a server of ours holds little for a client that sends more than its target reads", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
    using sink = startSink(1, new Promise(() => undefined));
    using link = await openRawLink(`${server.url}/socket`);
    link.send(authFrame("token", false));
    link.send(connectFrame(CHANNEL, "127.0.0.1", sink.port));
    expect(await link.next(TYPE.connectResponse)).toEqual(connectResponseFrame(CHANNEL));
    const before = anonymousMegabytes(server.pid);
    const piece = dataFrame(CHANNEL, new Uint8Array(MEBIBYTE));
    for (let sent = 0; sent < SENT_BYTES; sent += MEBIBYTE) link.send(piece);
    await staysBelow(server, before + MOST_MEGABYTES_MORE, link.waiting);
    expect(link.waiting()).toBeGreaterThan(0);
  });

  test("a server of ours holds little for a client that does not read what it has asked for", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
    let written = 0;
    const target = serveTcp("127.0.0.1", 0, async (stream) => {
      for (;;) {
        await stream.write(new Uint8Array(MEBIBYTE));
        written += MEBIBYTE;
      }
    });
    const before = anonymousMegabytes(server.pid);
    const channels = Array.from({ length: 4 }, (_, index) => channelId(String(index)));
    const reader = openUnread(server, [
      authFrame("token", false),
      ...channels.map((channel) => connectFrame(channel, "127.0.0.1", target.port)),
    ]);
    try {
      await until("the targets write", () => written >= channels.length * MEBIBYTE);
      await staysBelow(server, before + MOST_MEGABYTES_MORE, () => written);
      expect(written).toBeLessThan(SENT_BYTES);
    } finally {
      reader.destroy();
      target.close();
    }
  });
});

/** Others are served meanwhile, until nothing moves any more: `look` gives the same before and after 50 requests. */
async function staysBelow(server: LinksocksPeer, megabytes: number, look: () => number): Promise<void> {
  await using client = await OWN_LINKSOCKS.start("client", { url: server.url, token: "token" });
  await until("nothing moves any more", async () => {
    const before = look();
    for (let request = 0; request < 50; request++) {
      await webOk({ port: client.socksPort }, { host: "127.0.0.1", port: web.port });
      expect(anonymousMegabytes(server.pid)).toBeLessThan(megabytes);
    }
    return look() === before;
  });
}

/** A WebSocket that sends, and never reads a byte. */
function openUnread(server: LinksocksPeer, messages: readonly Buffer[]) {
  const { hostname, port } = new URL(server.url);
  const socket = createConnection({ host: hostname, port: Number(port) });
  socket.pause();
  socket.on("error", () => undefined);
  socket.write(
    [
      "GET /socket HTTP/1.1",
      `Host: ${hostname}:${port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "\r\n",
    ].join("\r\n"),
  );
  // RFC 6455 section 5.2: binary, final, shorter than 126 bytes, masked with zeros.
  for (const message of messages)
    socket.write(Buffer.concat([Buffer.from([0x82, 0x80 | message.length, 0, 0, 0, 0]), message]));
  return socket;
}
