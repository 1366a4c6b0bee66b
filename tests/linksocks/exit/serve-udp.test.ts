import { afterEach, expect, jest, mock, spyOn, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { createTrunk } from "../../../src/linksocks/channel/trunk.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { createDestinations, type DestinationOptions } from "../../../src/linksocks/exit/destinations.ts";
import { serveUdp } from "../../../src/linksocks/exit/serve-udp.ts";
import { turn } from "../../rig/event-loop.ts";
import { freePort } from "../../rig/free-port.ts";
import { until } from "../../rig/until.ts";
import { createFakeLink } from "../fake-link.ts";
import { datagram, openUdpPeer } from "../udp-peer.ts";

const ID = newUuid();
const NOTHING = Buffer.alloc(0);
const LOOPBACK = "127.0.0.1";
const IDLE_MS = 10 * 60_000;

afterEach(() => {
  jest.useRealTimers();
  mock.restore();
});

test("an association is accepted at once, and remembered under its name", () => {
  using rig = associate();
  expect(rig.link.sent).toEqual([
    { type: "connect-response", channel: ID, success: true, error: "", window: undefined },
  ]);
  expect(rig.trunk.has(ID)).toBe(true);
});

test.each([
  ["an IPv4 address", LOOPBACK, LOOPBACK],
  ["an IPv6 address", "::1", "::1"],
  ["a name", "localhost", LOOPBACK],
])("datagrams go to %s, and the reply comes back with its source", async (_, host, address) => {
  using target = await openUdpPeer(address);
  using rig = associate();
  rig.deliver("question", { host, port: target.port });
  const [heard] = await until("the datagram", () => target.heard.length > 0 && target.heard);
  expect(String(heard?.body)).toBe("question");
  target.send("answer", { host: heard?.host ?? "", port: heard?.port ?? 0 });
  const reply = await until("the reply", () => rig.link.sent[1]);
  expect(reply).toMatchObject({ type: "data", channel: ID, protocol: "udp", isCompressed: false });
  expect(reply).toMatchObject({ body: Buffer.from("answer"), source: { host: address, port: target.port } });
});

test("an association for which no socket could be opened asks again with its next datagram", async () => {
  using target = await openUdpPeer();
  spyOn(Bun, "udpSocket").mockRejectedValueOnce(new Error("EMFILE"));
  using rig = associate();
  rig.deliver("lost", { host: LOOPBACK, port: target.port });
  await turn();
  await until("a later one", () => {
    rig.deliver("later", { host: LOOPBACK, port: target.port });
    return target.heard.length > 0;
  });
  expect(String(target.heard[0]?.body)).toBe("later");
});

test("all targets of one family are spoken to from one port, and anybody may answer there", async () => {
  using first = await openUdpPeer();
  using second = await openUdpPeer();
  using stranger = await openUdpPeer();
  using rig = associate();
  for (const { port } of [first, second]) rig.deliver("question", { host: LOOPBACK, port });
  const [one, two] = await until("both datagrams", () => both(first.heard[0], second.heard[0]));
  expect(one.port).toBe(two.port);
  stranger.send("unasked", { host: LOOPBACK, port: one.port });
  expect(await until("it", () => rig.link.sent[1])).toMatchObject({ source: { host: LOOPBACK, port: stranger.port } });
});

test("an IPv4 address that answers where IPv6 was asked is told as such", async () => {
  using target = await openUdpPeer("::1");
  using stranger = await openUdpPeer();
  using rig = associate();
  rig.deliver("question", { host: "::1", port: target.port });
  const { port } = await until("the datagram", () => target.heard[0]);
  stranger.send("unasked", { host: LOOPBACK, port });
  expect(await until("it", () => rig.link.sent[1])).toMatchObject({ source: { host: LOOPBACK, port: stranger.port } });
});

test("an empty datagram is one as well, and a compressed one is inflated", async () => {
  using target = await openUdpPeer();
  using rig = associate();
  rig.deliver("", { host: LOOPBACK, port: target.port });
  await until("the empty one", () => target.heard.length === 1);
  rig.deliver(gzipSync("long ".repeat(100)), { host: LOOPBACK, port: target.port }, true);
  await until("the other one", () => target.heard.length === 2);
  expect(target.heard.map(({ body }) => String(body))).toEqual(["", "long ".repeat(100)]);
});

test.each([
  ["to no host", "", 53],
  ["to no port", LOOPBACK, 0],
  ["to a name that there is not", "x".repeat(64), 53],
  ["to a text that is no name", "a\0b", 53],
])("a datagram %s is lost, and the next one goes its way", async (_, host, port) => {
  using target = await openUdpPeer();
  using rig = associate();
  rig.deliver("lost", { host, port });
  rig.deliver("too long".repeat(10_000), { host: LOOPBACK, port: target.port });
  rig.trunk.dispatch(datagram(ID, "without target", {}), NOTHING);
  rig.deliver("no gzip", { host: LOOPBACK, port: target.port }, true);
  rig.deliver("good", { host: LOOPBACK, port: target.port });
  await until("the good one", () => target.heard.length > 0);
  expect(target.heard.map(({ body }) => String(body))).toEqual(["good"]);
  expect([rig.link.sent.length, rig.link.closedWith]).toEqual([1, undefined]);
});

test("a port that nobody listens on costs the association nothing", async () => {
  using target = await openUdpPeer();
  using rig = associate();
  const nobody = freePort();
  for (let count = 0; count < 3; count += 1) {
    rig.deliver("hello?", { host: LOOPBACK, port: nobody });
    await turn();
  }
  await until("one that arrives", () => {
    rig.deliver("good", { host: LOOPBACK, port: target.port });
    return target.heard.length > 0;
  });
  expect(rig.trunk.has(ID)).toBe(true);
});

test("a reply for which the link has no room is lost", async () => {
  using target = await openUdpPeer();
  using rig = associate();
  rig.deliver("question", { host: LOOPBACK, port: target.port });
  const heard = await until("the datagram", () => target.heard[0]);
  rig.link.congested = true;
  target.send("lost", heard);
  await until("the question after it", async () => {
    rig.deliver("next", { host: LOOPBACK, port: target.port });
    return target.heard.length > 20;
  });
  rig.link.congested = false;
  target.send("kept", heard);
  await until("the reply", () => rig.link.sent.length === 2);
  expect(rig.link.sent[1]).toMatchObject({ body: Buffer.from("kept") });
});

test("a Disconnect ends it without a word, and its port is free", async () => {
  using target = await openUdpPeer();
  using rig = associate();
  rig.deliver("question", { host: LOOPBACK, port: target.port });
  const { port } = await until("the datagram", () => target.heard[0]);
  rig.trunk.dispatch({ type: "disconnect", channel: ID, reason: "" }, NOTHING);
  expect([rig.trunk.has(ID), rig.link.sent.length]).toEqual([false, 1]);
  await until("the port", () => isFree(port));
});

test("one that ends while its first datagram is under way leaves no socket behind", async () => {
  using target = await openUdpPeer();
  using rig = associate();
  rig.deliver("question", { host: "localhost", port: target.port });
  rig.trunk.end();
  await turn();
  expect([rig.trunk.has(ID), rig.link.sent.length]).toEqual([false, 1]);
});

test("one that carries nothing for ten minutes ends with a word; what it carries keeps it", () => {
  jest.useFakeTimers();
  using rig = associate();
  jest.advanceTimersByTime(IDLE_MS - 1);
  rig.deliver("question", { host: LOOPBACK, port: 9 });
  jest.advanceTimersByTime(IDLE_MS - 1);
  expect(rig.trunk.has(ID)).toBe(true);
  jest.advanceTimersByTime(1);
  expect(rig.trunk.has(ID)).toBe(false);
  expect(rig.link.sent.at(-1)).toEqual({ type: "disconnect", channel: ID, reason: "idle" });
});

test("one that has ended does not end once more when its time is up", () => {
  jest.useFakeTimers();
  using rig = associate();
  rig.trunk.dispatch({ type: "disconnect", channel: ID, reason: "" }, NOTHING);
  jest.advanceTimersByTime(IDLE_MS);
  expect(rig.link.sent.length).toBe(1);
});

test("datagrams whose addresses are not known yet are lost where many wait, and later ones go on", async () => {
  using target = await openUdpPeer();
  const found = Promise.withResolvers<string>();
  let searches = 0;
  using rig = associate(undefined, () => {
    searches += 1;
    return found.promise;
  });
  for (let count = 0; count < 100; count += 1)
    rig.deliver(Buffer.alloc(60_000), { host: `h${count}`, port: target.port });
  expect(searches).toBe(8);
  found.resolve(LOOPBACK);
  await until("a later one", () => {
    rig.deliver("later", { host: "later", port: target.port });
    return target.heard.some(({ body }) => String(body) === "later");
  });
});

function associate(
  destinations: DestinationOptions = { allow: [], deny: [], isConfined: false },
  chooseForDatagram = createDestinations(destinations).chooseForDatagram,
) {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  const message = {
    type: "connect",
    channel: ID,
    protocol: "udp",
    target: undefined,
    resume: false,
    window: undefined,
  } as const;
  serveUdp(message, trunk, { chooseForDatagram }, () => undefined);
  return {
    link,
    trunk,
    deliver: (body: Uint8Array | string, target: { host: string; port: number }, isCompressed = false) =>
      trunk.dispatch(datagram(ID, body, { target, isCompressed }), NOTHING),
    [Symbol.dispose]: () => trunk.end(),
  };
}

function both<Value>(one: Value | undefined, two: Value | undefined): readonly [Value, Value] | undefined {
  return one === undefined || two === undefined ? undefined : [one, two];
}

async function isFree(port: number): Promise<boolean> {
  try {
    const socket = await Bun.udpSocket({ hostname: "0.0.0.0", port });
    socket.close();
    return true;
  } catch {
    return false;
  }
}

test("a datagram to where the exit may not lead is lost, and the next one goes on", async () => {
  using denied = await openUdpPeer();
  using allowed = await openUdpPeer();
  using rig = associate({ allow: [`127.0.0.1:${allowed.port}`], deny: [], isConfined: true });
  rig.deliver("question", { host: LOOPBACK, port: denied.port });
  rig.deliver("question", { host: LOOPBACK, port: allowed.port });
  await until("the datagram", () => allowed.heard[0]);
  expect(denied.heard).toEqual([]);
});
