import { expect, test } from "bun:test";
import { openDescriptors } from "../../rig/memory.ts";
import { until } from "../../rig/until.ts";
import { type Listener, listenTo } from "./listener.ts";
import { openRaw } from "./raw-client.ts";
import { cleared, quote, RUNNING } from "./sample-events.ts";
import { openStream } from "./stream-rig.ts";

test("a hundred clients each get every event once and in order, by one write or by many", async () => {
  await using stream = openStream();
  const clients = await Promise.all(Array.from({ length: 100 }, () => listenTo(stream.url)));
  for (let event = 1; event <= 300; event += 1) {
    stream.feed.emit(event % 3 === 0 ? cleared(event) : quote(event, "a", event));
    if (event % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const all = Array.from({ length: 300 }, (_, index) => index + 1);
  for (const client of clients) {
    await client.received(300);
    expect(client.numbers()).toEqual(all);
    client.socket.terminate();
  }
});

test("with one that reads nothing at 300 events of many clients, the others get all of them", async () => {
  await using stream = openStream();
  using stuck = await openRaw(stream.port);
  stuck.pause();
  const clients = await Promise.all(Array.from({ length: 20 }, () => listenTo(stream.url)));
  for (let event = 1; event <= 300; event += 1) {
    stream.feed.emit(quote(1, "a", event, "x".repeat(20_000)), cleared(event));
    if (event % 20 === 0) await clients[0]?.received(event * 2);
  }
  for (const client of clients) {
    await client.received(600);
    client.socket.terminate();
  }
  expect(stuck.isClosed()).toBe(false);
});

test.skipIf(process.platform !== "linux")("a thousand that come and go leave nothing open", async () => {
  await using stream = openStream();
  const cycle = async (leave: (client: Listener) => void) => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => listenTo(`${stream.url}/?since=0`)));
    stream.feed.emit(RUNNING);
    for (const client of clients) leave(client);
    await until("they have gone", () => stream.server.clients() === 0);
  };
  await cycle(({ socket }) => socket.close());
  const before = openDescriptors(process.pid);
  for (let round = 0; round < 10; round += 1) {
    await cycle(({ socket }) => socket.close());
    await cycle(({ socket }) => socket.terminate());
  }
  await until("their descriptors are closed", () => openDescriptors(process.pid) <= before);
  // The log names the first ones, and counts the others.
  expect(stream.audited.length).toBeLessThan(2 * 21 * 50);
});
