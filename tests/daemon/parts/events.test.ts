import { afterEach, expect, jest, test } from "bun:test";
import { closeSync, existsSync } from "node:fs";
import { join } from "node:path";
import { createPartList, type Part } from "../../../src/daemon/part.ts";
import { createEventParts } from "../../../src/daemon/parts/events.ts";
import { createEventBus, type EventBus } from "../../../src/events/bus.ts";
import type { NumberedEvent } from "../../../src/events/event.ts";
import { turn } from "../../rig/event-loop.ts";
import { freePort, listenOn } from "../../rig/free-port.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const closing: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  jest.useRealTimers();
  for (const close of closing.splice(0).reverse()) await close();
});

test("the event part tells that the daemon runs, and that it stops", async () => {
  const { room, parts, heard } = create();
  await parts.open();
  room.feed().writePostponed();
  expect(heard).toHaveLength(1);
  await parts.stop("cli-stop");
  expect(heard.map(({ type, account_id, data }) => ({ type, account_id, data }))).toEqual([
    {
      type: "daemon_status",
      account_id: null,
      data: { status: "RUNNING", message: "wpdaemon 9.9.9 runs", timestamp: "2026-11-21T10:00:00.000Z" },
    },
    {
      type: "daemon_status",
      account_id: null,
      data: { status: "STOPPING", message: "the daemon stops (cli-stop)", timestamp: "2026-11-21T10:00:00.000Z" },
    },
  ]);
});

test("a daemon that nobody listens to opens no database, and whoever comes finds that it runs", async () => {
  const { room, parts, path } = create();
  await parts.open();
  expect(existsSync(path)).toBe(false);
  expect(
    room
      .feed()
      .replay(0)
      .events.map(({ data }) => data["status"]),
  ).toEqual(["RUNNING"]);
  expect(existsSync(path)).toBe(true);
});

test("whoever comes to the stream later does not hear as news that the daemon runs", async () => {
  const { room, parts, said } = create();
  await parts.open();
  const told: string[] = [];
  const socket = new WebSocket(said[0]?.split(" ").at(-1) ?? "");
  closing.push(() => socket.terminate());
  socket.onmessage = ({ data }) => void told.push(String(data));
  await until("it listens", () => room.status().clients === 1);
  await room.feed().record({ type: "woke_up", account_id: null, data: {} });
  await until("the event", () => told.some((text) => text.includes("woke_up")));
  expect(told.join()).not.toContain("RUNNING");
  expect(
    room
      .feed()
      .replay(0)
      .events.map(({ type }) => type),
  ).toEqual(["daemon_status", "woke_up"]);
});

test("the event part passes what happens to tunnels on, in the stream's envelope", async () => {
  const { parts, bus, heard } = create();
  await parts.open();
  bus.emit({ type: "tunnel_state", at: NOW, tunnel: "us-east", from: "idle", to: "starting", reason: "asked for" });
  const event = await until("the event", () => heard.find(({ type }) => type === "tunnel_state"));
  expect(event).toMatchObject({
    account_id: null,
    data: {
      tunnel: "us-east",
      from: "idle",
      to: "starting",
      reason: "asked for",
      timestamp: "2026-11-21T10:00:00.000Z",
    },
  });
});

test("the event part opens again after a hand-over that came to nothing: same listeners, higher numbers", async () => {
  const { room, parts, heard } = create();
  await parts.open();
  await parts.freeze();
  const last = heard.at(-1)?.seq ?? 0;
  await parts.resume({});
  room.feed().writePostponed();
  expect(heard.filter(({ data }) => data["status"] === "RUNNING")).toHaveLength(2);
  expect(last).toBeGreaterThan(0);
  expect(heard.at(-1)?.seq ?? 0).toBeGreaterThan(last);
});

test("listeners hear of a hand-over before the stream closes on them", async () => {
  const { parts, said } = create();
  await parts.open();
  const socket = new WebSocket(said[0]?.split(" ").at(-1) ?? "");
  closing.push(() => socket.terminate());
  const last: unknown[] = [];
  const closed = Promise.withResolvers<number>();
  socket.onmessage = ({ data }) => last.push(JSON.parse(String(data)).data);
  socket.onclose = ({ code }) => closed.resolve(code);
  await until("it is open", () => socket.readyState === WebSocket.OPEN);
  await parts.freeze();
  expect(await closed.promise).toBe(1001);
  expect(last.at(-1)).toMatchObject({ status: "STOPPING", message: "another process takes over" });
});

test("the event part says where the stream is, and how many listen", async () => {
  const { room, parts, said } = create();
  await parts.open();
  const url = said[0]?.split(" ").at(-1) ?? "";
  expect(room.status()).toEqual({ url, clients: 0, fault: null });
  const socket = new WebSocket(url);
  closing.push(() => socket.terminate());
  await until("it listens", () => room.status().clients === 1);
});

test("a port that is taken is told, and keeps nothing else from working", async () => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, exclusive: true, socket: { data() {} } });
  closing.push(() => taken.stop(true));
  const { room, parts, said, heard } = create({ port: taken.port });
  await parts.open();
  expect(said).toEqual([expect.stringContaining(`port ${taken.port}: it is taken`)]);
  expect(room.status()).toEqual({ url: null, clients: 0, fault: said[0] ?? "" });
  room.feed().writePostponed();
  expect(heard).toHaveLength(1);
});

test.each(["freeze", "stop"] as const)(
  "a stream that has listened is closed once a %s is over, and can be lent before",
  async (way) => {
    const { room, parts, said, activity } = create();
    await parts.open();
    const sockets = Object.values(parts.lend()).flat();
    for (const socket of sockets) closeSync(socket);
    expect(sockets.length).toBeGreaterThan(0);
    const socket = new WebSocket(said[0]?.split(" ").at(-1) ?? "");
    closing.push(() => socket.terminate());
    await until("it listens", () => room.status().clients === 1);
    expect(activity()).toBeGreaterThan(0);
    await parts[way]("cli-stop");
    expect(room.status()).toMatchObject({ url: null, clients: 0 });
  },
);

test("a port that is taken is tried again after half a minute, and not once the daemon has stopped", async () => {
  const port = freePort();
  const other = listenOn(port);
  jest.useFakeTimers();
  const { room, parts } = create({ port });
  const last = create({ port });
  await parts.open();
  await last.parts.open();
  await last.parts.stop("cli-stop");
  other[Symbol.dispose]();
  jest.advanceTimersByTime(29_999);
  await turn();
  expect(room.status().url).toBeNull();
  jest.advanceTimersByTime(1);
  await turn();
  expect(room.status().url).toBe(`ws://localhost:${port}`);
  await parts.stop("cli-stop");
  jest.advanceTimersByTime(60_000);
  await turn();
  expect(last.room.status().url).toBeNull();
});

test("a stop closes the database, which leaves nothing beside it to be read in", async () => {
  const { room, parts, path } = create();
  await parts.open();
  await room.feed().record({ type: "woke_up", account_id: null, data: {} });
  expect(existsSync(`${path}-wal`)).toBe(true);
  await parts.stop("cli-stop");
  expect(existsSync(`${path}-wal`)).toBe(false);
});

test("without a stream, events are taken all the same", async () => {
  const { room, parts, said, heard } = create({ enabled: false });
  await parts.open();
  room.feed().writePostponed();
  expect(heard).toHaveLength(1);
  expect(said).toEqual([]);
  expect(room.status()).toEqual({ url: null, clients: 0, fault: null });
});

test("listeners hear of tunnels that end, and need not wait for a child that takes its time", async () => {
  const hasEnded = Promise.withResolvers<void>();
  const { parts, said, heard } = create({}, ({ bus }) => ({
    name: "tunnels",
    async stop() {
      bus.emit({ type: "tunnel_state", at: NOW, tunnel: "us", from: "running", to: "stopping", reason: "asked for" });
      await hasEnded.promise;
    },
  }));
  await parts.open();
  const socket = new WebSocket(said[0]?.split(" ").at(-1) ?? "");
  const told: string[] = [];
  socket.onmessage = ({ data }) => void told.push(String(data));
  const isClosed = new Promise((resolve) => {
    socket.onclose = resolve;
  });
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  const stopping = parts.stop("cli-stop");
  await isClosed;
  expect(told.filter((text) => /STOPPING|"stopping"/.test(text))).toHaveLength(2);
  hasEnded.resolve();
  await stopping;
  expect(heard.at(-1)?.type).toBe("tunnel_state");
});

function create(
  settings: { readonly port?: number; readonly enabled?: boolean } = {},
  between: (parts: { readonly bus: EventBus }) => Part = () => ({ name: "tunnels" }),
) {
  const folder = temporaryFolder();
  closing.push(() => folder[Symbol.dispose]());
  const bus = createEventBus();
  const said: string[] = [];
  const heard: NumberedEvent[] = [];
  let asked = 0;
  const path = join(folder.path, "own", "wpdaemon.db");
  const room = createEventParts({
    path,
    settings: { enabled: true, port: 0, origins: [], ...settings },
    bus,
    version: "9.9.9",
    audit: () => undefined,
    now: () => NOW,
    onActivity: () => void asked++,
    say: (line) => void said.push(line),
  });
  const listener: Part = {
    name: "listener",
    open: () => void room.feed().subscribe((events) => void heard.push(...events)),
  };
  const parts = createPartList([room.feedPart, listener, between({ bus }), room.streamPart], () => undefined);
  closing.push(() => parts.stop("cli-stop"));
  return { room, parts, bus, said, heard, path, activity: () => asked };
}
