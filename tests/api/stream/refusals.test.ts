import { expect, test } from "bun:test";
import { connectSilently } from "../../rig/silent-crowd.ts";
import { until } from "../../rig/until.ts";
import { listenTo } from "./listener.ts";
import { type Handshake, openRaw, UPGRADE } from "./raw-client.ts";
import { openStream } from "./stream-rig.ts";

const ALLOWED = "https://desk.example";

const CASES: readonly [string, number, Handshake][] = [
  ["a foreign origin", 403, { headers: ["Origin: https://evil.example"] }],
  ["no origin", 101, {}],
  ["the origin null", 403, { headers: ["Origin: null"] }],
  ["an empty origin", 403, { headers: ["Origin:"] }],
  ["an origin in the list", 101, { headers: [`Origin: ${ALLOWED}`] }],
  ["an origin that begins like one in the list", 403, { headers: [`Origin: ${ALLOWED}.evil.example`] }],
  ["an origin in the list beside another", 403, { headers: [`Origin: ${ALLOWED}`, "Origin: https://evil.example"] }],
  ["a page of this machine from another port", 403, { headers: ["Origin: http://localhost:3000"] }],
  ["a foreign host", 403, { host: "evil.example:8765" }],
  ["a host without a port", 101, { host: "localhost" }],
  ["the host with the port of a tunnel that leads here", 101, { host: "localhost:9000" }],
  ["that host as the origin too", 101, { host: "localhost:9000", headers: ["Origin: http://localhost:9000"] }],
  ["a page of this machine that the host does not name", 403, { headers: ["Origin: http://localhost:9000"] }],
  ["a foreign host as its own origin", 403, { host: "evil.example:1", headers: ["Origin: http://evil.example:1"] }],
  ["a host that begins like one of this machine", 403, { host: "localhost.evil.example:8765" }],
  ["a host with no number as its port", 403, { host: "localhost:80a" }],
  ["an allowed origin on a foreign host", 403, { host: "evil.example:8765", headers: [`Origin: ${ALLOWED}`] }],
  ["plain HTTP", 426, { upgrade: [] }],
  ["plain HTTP of a foreign origin", 403, { upgrade: [], headers: ["Origin: https://evil.example"] }],
  ["another upgrade", 426, { upgrade: ["Connection: Upgrade", "Upgrade: h2c"] }],
  ["an older version of the protocol", 426, { upgrade: UPGRADE.map((line) => line.replace("13", "8")) }],
  ["a handshake without a key", 400, { upgrade: UPGRADE.filter((line) => !line.includes("Key")) }],
  ["a handshake with another method", 400, { method: "POST" }],
  ["a query that is wrong", 400, { target: "/?since=yesterday" }],
];

test.each(CASES)("%s is answered %d", async (_, status, handshake) => {
  await using stream = openStream({ origins: [ALLOWED] });
  using client = await openRaw(stream.port, handshake);
  expect(client.status).toBe(status);
});

test("as long as no origin is allowed, none is", async () => {
  await using stream = openStream();
  using client = await openRaw(stream.port, { headers: [`Origin: ${ALLOWED}`] });
  expect(client.status).toBe(403);
});

test("the host may be any name of this door, in any case", async () => {
  await using stream = openStream();
  for (const name of ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"]) {
    using client = await openRaw(stream.port, { host: `${name}:${stream.port}` });
    expect(client.status).toBe(101);
  }
});

test("the door's own address is no foreign origin: websocket-client sends it", async () => {
  await using stream = openStream();
  using client = await listenTo(stream.url, { Origin: `http://localhost:${stream.port}` });
  expect(client.socket.readyState).toBe(WebSocket.OPEN);
});

test("plain HTTP is told where to connect, and the connection ends", async () => {
  await using stream = openStream();
  const answer = await fetch(`http://127.0.0.1:${stream.port}/metrics`, { headers: { Connection: "keep-alive" } });
  expect(answer.status).toBe(426);
  expect([answer.headers.get("upgrade"), answer.headers.get("connection")]).toEqual(["websocket", "close"]);
  expect(await answer.text()).toBe(
    `this is the event stream of wpdaemon 9.8.7: connect a WebSocket to ws://localhost:${stream.port}\n`,
  );
});

test("a crowd that only connects is cut down to the door's share, the oldest first, and who listens stays", async () => {
  await using stream = openStream({ mostClients: 70 });
  const listeners = await Promise.all(Array.from({ length: 3 }, () => listenTo(stream.url)));
  const crowd = await connectSilently(stream.port, 100);
  await until("the crowd has been cut down", () => crowd.filter(({ destroyed }) => destroyed).length >= 33);
  const late = await listenTo(stream.url);
  for (const { socket } of [...listeners, late]) expect(socket.readyState).toBe(WebSocket.OPEN);
  expect(stream.audited.find((entry) => entry.includes("too many connections"))).toMatch(
    /^ERROR \[event_stream\] too many connections: \d+ that only connected were closed$/,
  );
  for (const socket of crowd) socket.destroy();
  for (const { socket } of [...listeners, late]) socket.close();
});
