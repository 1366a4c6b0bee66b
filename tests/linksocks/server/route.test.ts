import { expect, test } from "bun:test";
import { createTrunk, type Trunk } from "../../../src/linksocks/channel/trunk.ts";
import { decodeMessage } from "../../../src/linksocks/codec/decode.ts";
import { encodeMessage } from "../../../src/linksocks/codec/encode.ts";
import type { ChannelMessage } from "../../../src/linksocks/codec/message.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { route } from "../../../src/linksocks/server/route.ts";
import { createFakeLink } from "../fake-link.ts";
import { CONNECT, ID } from "../sample-connect.ts";

const ACCEPTED: ChannelMessage = { type: "connect-response", channel: ID, success: true, error: "", window: undefined };

test("a route passes Connect, its answer and data on as they came", async () => {
  const { connector, provider } = await openRoute();
  expect(provider.link.takeSent()).toEqual([CONNECT]);
  give(provider.trunk, ACCEPTED);
  give(connector.trunk, data("question"));
  give(provider.trunk, data("answer"));
  expect(provider.link.takeSent()).toEqual([data("question")]);
  expect(connector.link.takeSent()).toEqual([ACCEPTED, data("answer")]);
});

test("a route keeps what a connector sends before a provider is found, in order", async () => {
  const finding = Promise.withResolvers<Trunk | undefined>();
  const connector = newPeer();
  const routing = route({ connector: connector.trunk, ...connect(), find: () => finding.promise });
  give(connector.trunk, data("early"));
  give(connector.trunk, data("later"));
  const provider = newPeer();
  finding.resolve(provider.trunk);
  await routing;
  expect(provider.link.takeSent()).toEqual([CONNECT, data("early"), data("later")]);
});

test("a route makes a connector wait that sends much before a provider is found", async () => {
  const finding = Promise.withResolvers<Trunk | undefined>();
  const connector = newPeer();
  const routing = route({ connector: connector.trunk, ...connect(), find: () => finding.promise });
  give(connector.trunk, data("x".repeat(1024 * 1024)));
  expect(connector.link.isPaused).toBe(true);
  finding.resolve(newPeer().trunk);
  await routing;
  expect(connector.link.isPaused).toBe(false);
});

test("all routes of a connector together keep 8 MiB for providers that are not found, and then it is not read", async () => {
  const finding = Promise.withResolvers<Trunk | undefined>();
  const connector = newPeer();
  const ids = Array.from({ length: 17 }, newUuid);
  const routing = ids.map((channel) => {
    const message = { ...CONNECT, channel };
    return route({
      connector: connector.trunk,
      message,
      frame: Buffer.from(encodeMessage(message)),
      find: () => finding.promise,
    });
  });
  const half = "x".repeat(512 * 1024 - 64);
  for (const channel of ids.slice(0, 16)) give(connector.trunk, { ...data(half), channel });
  expect(connector.link.isPaused).toBe(false);
  give(connector.trunk, { ...data(half), channel: String(ids[16]) });
  expect(connector.link.isPaused).toBe(true);
  finding.resolve(undefined);
  await Promise.all(routing);
  expect([connector.link.isPaused, connector.trunk.queuedBytes]).toEqual([false, 0]);
});

test("a route refuses where no provider comes in time", async () => {
  const connector = newPeer();
  await route({ connector: connector.trunk, ...connect(), find: async () => undefined });
  expect(connector.link.takeSent()).toEqual([
    { ...ACCEPTED, success: false, error: "no available reverse clients", window: undefined },
  ]);
  expect(connector.trunk.has(ID)).toBe(false);
});

test("a route that the connector gives up ends the search, and leaves alone who has its name by then", async () => {
  const connector = newPeer();
  const first = Promise.withResolvers<Trunk | undefined>();
  let isEnded = false;
  const given = route({
    connector: connector.trunk,
    ...connect(),
    find(signal) {
      signal.addEventListener("abort", () => {
        isEnded = true;
      });
      return first.promise;
    },
  });
  give(connector.trunk, { type: "disconnect", channel: ID, reason: "" });
  expect([isEnded, connector.trunk.has(ID)]).toEqual([true, false]);
  const provider = newPeer();
  await route({ connector: connector.trunk, ...connect(), find: () => provider.trunk });
  const former = newPeer();
  first.resolve(former.trunk);
  await given;
  expect([former.link.sent, former.trunk.has(ID)]).toEqual([[], false]);
  give(provider.trunk, ACCEPTED);
  expect(connector.link.takeSent()).toEqual([ACCEPTED]);
});

test("a route that is refused searches for no provider", async () => {
  const { connector } = await openRoute();
  let searches = 0;
  const find = () => {
    searches += 1;
    return newPeer().trunk;
  };
  await route({ connector: connector.trunk, ...connect(), find });
  expect(searches).toBe(0);
});

test("a route refuses a channel's name that the connector uses already, and leaves that channel alone", async () => {
  const { connector, provider } = await openRoute();
  await route({ connector: connector.trunk, ...connect(), find: () => provider.trunk });
  expect(connector.link.takeSent()).toEqual([
    { ...ACCEPTED, success: false, error: "the channel is in use", window: undefined },
  ]);
  give(connector.trunk, data("still here"));
  expect(provider.link.sent.at(-1)).toEqual(data("still here"));
});

test("a route refuses a channel's name that the provider serves for somebody else", async () => {
  const { provider } = await openRoute();
  const other = newPeer();
  await route({ connector: other.trunk, ...connect(), find: () => provider.trunk });
  expect(other.link.takeSent()).toMatchObject([{ type: "connect-response", success: false }]);
  expect(provider.trunk.has(ID)).toBe(true);
});

test.each(["connector", "provider"] as const)(
  "a route tells the other side of a Disconnect by the %s",
  async (side) => {
    const peers = await openRoute();
    const other = side === "connector" ? peers.provider : peers.connector;
    other.link.takeSent();
    give(peers[side].trunk, { type: "disconnect", channel: ID, reason: "EOF" });
    expect(other.link.takeSent()).toEqual([{ type: "disconnect", channel: ID, reason: "EOF" }]);
    expect([peers.connector.trunk.has(ID), peers.provider.trunk.has(ID)]).toEqual([false, false]);
  },
);

test.each(["connector", "provider"] as const)("a route tells the other side that the %s was lost", async (side) => {
  const peers = await openRoute();
  const other = side === "connector" ? peers.provider : peers.connector;
  other.link.takeSent();
  peers[side].trunk.end();
  expect(other.link.takeSent()).toEqual([{ type: "disconnect", channel: ID, reason: `the ${side} was lost` }]);
  expect(other.trunk.has(ID)).toBe(false);
});

test("a route is over when both sides have finished", async () => {
  const { connector, provider } = await openRoute();
  give(connector.trunk, { type: "finish", channel: ID });
  expect(provider.trunk.has(ID)).toBe(true);
  give(provider.trunk, { type: "finish", channel: ID });
  expect([connector.trunk.has(ID), provider.trunk.has(ID)]).toEqual([false, false]);
});

test("a route makes the sender wait while the receiver's link is congested", async () => {
  const { connector, provider } = await openRoute();
  provider.link.congested = true;
  give(connector.trunk, data("much"));
  expect(connector.link.isPaused).toBe(true);
  provider.link.congested = false;
  provider.trunk.drain();
  expect(connector.link.isPaused).toBe(false);
});

test.each([
  [32 * 1024 * 1024, false],
  [32 * 1024 * 1024 + 1, true],
])(
  "a route to a provider that keeps windows, with %d bytes waiting on its link, makes the sender wait: %p",
  async (bytes, waits) => {
    const { connector, provider } = await openRoute();
    give(provider.trunk, { ...ACCEPTED, window: 1 });
    provider.link.congested = true;
    Object.defineProperty(provider.link, "bufferedBytes", { value: bytes });
    give(connector.trunk, data("much"));
    expect(connector.link.isPaused).toBe(waits);
  },
);

test("a route does not let a connector answer for the provider", async () => {
  const { connector, provider } = await openRoute();
  provider.link.takeSent();
  give(connector.trunk, ACCEPTED);
  expect(provider.link.takeSent()).toEqual([]);
});

interface FakePeer {
  readonly trunk: Trunk;
  readonly link: ReturnType<typeof createFakeLink>;
}

async function openRoute(): Promise<{ readonly connector: FakePeer; readonly provider: FakePeer }> {
  const [connector, provider] = [newPeer(), newPeer()];
  await route({ connector: connector.trunk, ...connect(), find: () => provider.trunk });
  return { connector, provider };
}

function newPeer(): FakePeer {
  const link = createFakeLink();
  return { link, trunk: createTrunk(link) };
}

function connect() {
  return { message: CONNECT, frame: Buffer.from(encodeMessage(CONNECT)) };
}

/** As if it came over the trunk's link. */
function give(trunk: Trunk, message: ChannelMessage): void {
  const frame = Buffer.from(encodeMessage(message));
  const decoded = decodeMessage(frame);
  if (decoded.type !== message.type) throw new Error("not the same message");
  trunk.dispatch(message, frame);
}

function data(body: string) {
  return {
    type: "data",
    channel: ID,
    protocol: "tcp",
    isCompressed: false,
    body: Buffer.from(body),
    source: undefined,
    target: undefined,
  } as const;
}
