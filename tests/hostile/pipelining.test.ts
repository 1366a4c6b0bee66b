import { afterAll, beforeAll, expect, test } from "bun:test";
import { startTestDaemon, type TestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { OWN_LINKSOCKS } from "../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../rig/linksocks-peer.ts";
import { connectTcp } from "../rig/tcp-stream.ts";

// The runtime answers requests that come at once in one turn of the loop, and meanwhile nobody else.

const REQUESTS = 2_000;
const [control, stream] = [freePort(), freePort()];
let daemon: TestDaemon;
let server: LinksocksPeer;
beforeAll(async () => {
  daemon = await startTestDaemon({
    environment: { WPDAEMON_STREAM_PORT: String(stream) },
    settings: `control:\n  port: ${control}\n`,
  });
  server = await OWN_LINKSOCKS.start("server", { apiKey: "key" });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
});

const ports = {
  "the control port": () => control,
  "the event stream": () => stream,
  "a LinkSocks server": () => Number(new URL(server.url).port),
} as const;

test.each<[keyof typeof ports, string, string]>([
  ["the control port", "of a foreign host", "GET /v1/status HTTP/1.1\r\nHost: example.com\r\n\r\n"],
  [
    "the control port",
    "of a web page",
    "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nOrigin: https://example.com\r\n\r\n",
  ],
  ["the control port", "without a signature", "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  [
    "the control port",
    "with a body and no signature",
    "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
  ],
  ["the event stream", "for no WebSocket", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["the event stream", "of a foreign host", "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"],
  ["a LinkSocks server", "for its page", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["a LinkSocks server", "for nothing that is there", "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["a LinkSocks server", "with a wrong key", "GET /api/status HTTP/1.1\r\nHost: localhost\r\nX-API-Key: wrong\r\n\r\n"],
  ["a LinkSocks server", "for no WebSocket", "GET /socket HTTP/1.1\r\nHost: localhost\r\n\r\n"],
])("%s answers one of the requests %s that came at once, and hangs up", async (door, _, request) => {
  using client = await connectTcp("127.0.0.1", ports[door]());
  void client.write(request.repeat(REQUESTS)).catch(() => undefined);
  let answers = "";
  // A reset is a hanging up too: much was sent that nobody has read.
  for (let bytes = await client.read(); bytes !== undefined; bytes = await client.read().catch(() => undefined)) {
    answers += Buffer.from(bytes).toString("latin1");
  }
  expect(answers.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
});
