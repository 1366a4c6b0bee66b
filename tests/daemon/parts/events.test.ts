import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { createEventService, type EventService } from "../../../src/daemon/parts/events.ts";
import { createEventBus } from "../../../src/events/bus.ts";
import type { NumberedEvent } from "../../../src/events/event.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const closing: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test("tells that the daemon runs, and that it stops", async () => {
  const { room, heard } = create();
  room.open();
  await until("RUNNING", () => heard.length === 1);
  await end(room, "the daemon stops (cli-stop)");
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

test("passes what happens to tunnels on, in the stream's envelope", async () => {
  const { room, bus, heard } = create();
  room.open();
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

test("opens again after a hand-over that came to nothing: same listeners, higher numbers", async () => {
  const { room, heard } = create();
  room.open();
  await end(room, "another process takes over");
  const last = heard.at(-1)?.seq ?? 0;
  room.open();
  await until("RUNNING again", () => heard.filter(({ data }) => data["status"] === "RUNNING").length === 2);
  expect(last).toBeGreaterThan(0);
  expect(heard.at(-1)?.seq ?? 0).toBeGreaterThan(last);
});

test("says where the stream is, and how many listen", async () => {
  const { room, said } = create();
  room.open();
  const url = said[0]?.split(" ").at(-1) ?? "";
  expect(room.status()).toEqual({ url, clients: 0, fault: null });
  const socket = new WebSocket(url);
  closing.push(() => socket.terminate());
  await until("it listens", () => room.status().clients === 1);
});

test("a port that is taken is told, and keeps nothing else from working", async () => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, exclusive: true, socket: { data() {} } });
  closing.push(() => taken.stop(true));
  const { room, said, heard } = create({ port: taken.port });
  room.open();
  expect(said).toEqual([expect.stringContaining(`port ${taken.port}: it is taken`)]);
  expect(room.status()).toEqual({ url: null, clients: 0, fault: said[0] ?? "" });
  await until("RUNNING", () => heard.length === 1);
});

test("without a stream, events are taken all the same", async () => {
  const { room, said, heard } = create({ enabled: false });
  room.open();
  await until("RUNNING", () => heard.length === 1);
  expect(said).toEqual([]);
  expect(room.status()).toEqual({ url: null, clients: 0, fault: null });
});

async function end(room: EventService, why: string): Promise<void> {
  await room.announceEnd(why);
  await room.hangUp();
  await room.close();
}

function create(settings: { readonly port?: number; readonly enabled?: boolean } = {}) {
  const folder = temporaryFolder();
  closing.push(() => folder[Symbol.dispose]());
  const bus = createEventBus();
  const said: string[] = [];
  const room = createEventService({
    path: join(folder.path, "own", "wpdaemon.db"),
    settings: { enabled: true, port: 0, origins: [], ...settings },
    bus,
    version: "9.9.9",
    audit: () => undefined,
    now: () => NOW,
    onActivity: () => undefined,
    say: (line) => void said.push(line),
  });
  const heard: NumberedEvent[] = [];
  room.feed.subscribe((events) => void heard.push(...events));
  closing.push(() => end(room, "the test is over"));
  return { room, bus, said, heard };
}
