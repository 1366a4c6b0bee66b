import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { systemCode } from "../../../src/platform/failure.ts";
import { type Listener, listenTo } from "../../api/stream/listener.ts";
import { makeFrame, OPCODE, openRaw } from "../../api/stream/raw-client.ts";
import { SAMPLES } from "../../events/trading/samples.ts";
import { anonymousMegabytes } from "../../rig/memory.ts";
import { until } from "../../rig/until.ts";
import { cleared } from "./sample-events.ts";
import { type StreamDaemon, startStreamDaemon } from "./stream-daemon.ts";

const FRIEND = "https://desk.example";

let daemon: StreamDaemon;
beforeAll(async () => {
  daemon = await startStreamDaemon(`origins: ["${FRIEND}"]`);
});
afterAll(() => daemon[Symbol.asyncDispose]());

test("any path is the stream, by name and on both loopback addresses", async () => {
  const clients: Listener[] = [];
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    for (const path of ["", "/", "/any/path.html", "//elsewhere.example/a", "/%00%ff/é"]) {
      clients.push(await listenTo(`ws://${host}:${daemon.port}${path}`));
    }
  }
  await daemon.publish(cleared(1));
  for (const client of clients) {
    expect(await client.received(1)).toHaveLength(1);
    client.socket.terminate();
  }
});

const OTHER_ADDRESSES = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, address }) => !internal && !address.startsWith("fe80"));

test.skipIf(OTHER_ADDRESSES.length === 0)("no other address of the machine leads to it", async () => {
  for (const { address } of OTHER_ADDRESSES) {
    const attempt = Bun.connect({ hostname: address, port: daemon.port, socket: { data() {} } });
    expect(await attempt.then((open) => open.terminate()).catch(systemCode)).toBe("ECONNREFUSED");
  }
});

test.skipIf(process.platform !== "linux")("it listens on the loopback addresses alone", () => {
  const rows = ["tcp", "tcp6"].flatMap((family) => readFileSync(`/proc/net/${family}`, "utf8").split("\n"));
  const port = daemon.port.toString(16).toUpperCase().padStart(4, "0");
  const addresses = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local = "", , state]) => local.endsWith(`:${port}`) && state === "0A")
    .map(([, local = ""]) => local.split(":")[0]);
  expect(addresses).toEqual(["0100007F", "00000000000000000000000001000000"]);
});

test("an idle daemon sends nothing before something happens", async () => {
  await daemon.publish(cleared(2));
  using client = await openRaw(daemon.port);
  const { results } = await daemon.publish(cleared(3));
  await client.frame(OPCODE.text);
  expect(client.frames().map(({ payload }) => JSON.parse(String(payload)))).toEqual([{ ...results[0], ...cleared(3) }]);
});

test("each message is one whole text frame with one object and the envelope's members", async () => {
  using client = await openRaw(daemon.port);
  const published = Object.values(SAMPLES).map((text) => JSON.parse(text));
  const text = 'é € 😀 "quoted" \\ \n \u2028';
  published.push({
    ...cleared(4),
    type: "lockout_set",
    data: { ...JSON.parse(SAMPLES.lockout_set).data, reason: text },
  });
  expect((await daemon.publish(...published)).accepted).toBe(10);
  await until("all of them", () => client.frames().length === 10);
  const events = client.frames().map(({ payload }) => JSON.parse(payload.toString("utf8")));
  for (const frame of client.frames()) {
    expect(frame).toMatchObject({ isFinal: true, reserved: 0, opcode: OPCODE.text, isMasked: false });
  }
  for (const event of events) expect(Object.keys(event)).toEqual(["seq", "type", "account_id", "data"]);
  expect(events.map(({ type }) => type)).toEqual([...Object.keys(SAMPLES), "lockout_set"]);
  expect(events[9]).toMatchObject({ data: { reason: text } });
});

describe("the origin of a request", () => {
  test.each([
    ["none", [], 101],
    ["a foreign one", ["Origin: https://evil.example"], 403],
    ["null", ["Origin: null"], 403],
    ["an empty one", ["Origin: "], 403],
    ["one that the settings allow", [`Origin: ${FRIEND}`], 101],
    ["the allowed one with a port", [`Origin: ${FRIEND}:8443`], 403],
    ["the allowed one over http", ["Origin: http://desk.example"], 403],
    ["one that begins like the allowed one", [`Origin: ${FRIEND}.evil.example`], 403],
    ["an allowed and a foreign one", [`Origin: ${FRIEND}`, "Origin: https://evil.example"], 403],
  ])("for a request with %s as its origin (%j) the answer is %d", async (_, headers, status) => {
    using client = await openRaw(daemon.port, { headers });
    expect(client.status).toBe(status);
  });
});

test.each([
  ["evil.example", 403],
  ["localhost", 101],
  ["LOCALHOST", 101],
  ["127.0.0.1", 101],
  ["[::1]", 101],
  ["0.0.0.0", 403],
  ["127.0.0.1.evil.example", 403],
])("with the host %s and the right port the answer is %d", async (host, status) => {
  using client = await openRaw(daemon.port, { host: `${host}:${daemon.port}` });
  expect(client.status).toBe(status);
});

test.each(["localhost", "localhost:9000", "127.0.0.1:1", "[::1]:9000"])(
  "the host %s, whose port is that of a tunnel which leads here, is taken",
  async (host) => {
    using client = await openRaw(daemon.port, { host });
    expect(client.status).toBe(101);
  },
);

test.each(["GET", "POST", "PUT"])("a plain %s is answered with 426", async (method) => {
  const answer = await fetch(`http://localhost:${daemon.port}/`, { method });
  expect([answer.status, answer.headers.get("upgrade")]).toEqual([426, "websocket"]);
  expect(await answer.text()).toContain(`ws://localhost:${daemon.port}`);
});

test.each([
  ["text", OPCODE.text],
  ["ping", OPCODE.ping],
])("who sends 10,000 messages (%s) is closed with 1008; memory and others stay as they were", async (_, opcode) => {
  using other = await listenTo(daemon.url);
  using talker = await openRaw(daemon.port);
  const isMeasured = process.platform === "linux";
  const before = isMeasured ? anonymousMegabytes(daemon.process.pid) : 0;
  const hundred = Buffer.concat(Array<Buffer>(100).fill(makeFrame(opcode, "x".repeat(100))));
  for (let sent = 0; sent < 10_000 && !talker.isClosed(); sent += 100) talker.write(hundred);
  expect(await talker.closeCode()).toBe(1008);
  await daemon.publish(cleared(8));
  expect(await other.received(1)).toHaveLength(1);
  if (isMeasured) expect(anonymousMegabytes(daemon.process.pid) - before).toBeLessThan(8);
});
