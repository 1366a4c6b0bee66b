import { expect, test } from "bun:test";
import { join } from "node:path";
import type { WireEvent } from "../../../src/events/event.ts";
import type { FakeFeed } from "../../api/fake-feed.ts";
import { openStream } from "../../api/stream/stream-rig.ts";
import { type LoggedProcess, startLogged } from "../../rig/logged-process.ts";
import { until } from "../../rig/until.ts";

// Two tests that the feed's specification gives for its clients. They put in parts of a payload, which the daemon refuses,
// and count calls of a callback that hears of the connection, too.

const PYTHON = join(import.meta.dir, "../../../.tools/python/bin/python");
const CLIENT = join(import.meta.dir, "callback_client.py");

test("an event that is put in arrives at a client once, with its payload as it was", async () => {
  await using stream = openStream();
  using client = await connect(stream.url, "123");
  inject(stream.feed, "GatewayUserTrade", { accountId: 123, profitAndLoss: -50 });
  await until("an event", () => wireEvents(client).length > 0);
  await stream.server.stop();
  expect(await client.ended).toBe(0);
  expect(wireEvents(client)).toEqual([
    { type: "GatewayUserTrade", account_id: 123, data: { accountId: 123, profitAndLoss: -50 } },
  ]);
});

test("of several accounts' events a client counts its own, and those of nobody", async () => {
  await using stream = openStream();
  using one = await connect(stream.url, "123");
  using other = await connect(stream.url, "456");
  using all = await connect(stream.url, "all");
  inject(stream.feed, "GatewayUserTrade", { accountId: 123, profitAndLoss: -50 });
  inject(stream.feed, "GatewayUserTrade", { accountId: 456, profitAndLoss: 75 });
  inject(stream.feed, "daemon_status", { status: "STOPPING" });
  for (const client of [one, other, all]) {
    await until("the last", () => wireEvents(client).some(({ type }) => type === "daemon_status"));
  }
  await stream.server.stop();
  const results = (client: LoggedProcess) =>
    wireEvents(client).map(({ data }) => data["profitAndLoss"] ?? data["status"]);
  expect([results(one), results(other), results(all)]).toEqual([
    [-50, "STOPPING"],
    [75, "STOPPING"],
    [-50, 75, "STOPPING"],
  ]);
  for (const client of [one, other, all]) expect(await client.ended).toBe(0);
});

/** As lenient as the specification's hook: the account is copied into the envelope, and nothing is checked. */
function inject(feed: FakeFeed, type: string, payload: Readonly<Record<string, unknown>>): void {
  const account = payload["accountId"];
  feed.emit({ type, account_id: typeof account === "number" ? account : null, data: payload });
}

async function connect(url: string, account: string): Promise<LoggedProcess> {
  const client = startLogged([PYTHON, CLIENT, url, account]);
  await until("it is connected", () => client.output().includes("connection_status"));
  return client;
}

/** What the callback was told, without what the client said of its connection. */
function wireEvents(client: LoggedProcess): readonly WireEvent[] {
  const lines = client.output().split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line)).filter(({ type }) => type !== "connection_status");
}
