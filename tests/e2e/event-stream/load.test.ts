import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Listener, listenTo } from "../../api/stream/listener.ts";
import { openRaw, readEvents } from "../../api/stream/raw-client.ts";
import { anonymousMegabytes, openDescriptors } from "../../rig/memory.ts";
import { until } from "../../rig/until.ts";
import { action, cleared, position, quote } from "./sample-events.ts";
import { type Published, type StreamDaemon, startStreamDaemon } from "./stream-daemon.ts";

test("a hundred clients each get every event, once and in order", async () => {
  await using daemon = await startStreamDaemon();
  const clients = await Promise.all(Array.from({ length: 100 }, () => listenTo(daemon.url)));
  const count = 300;
  const published: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const event = index % 6 === 0 ? position(1, { size: index }) : quote(1, 6_000 + index);
    published.push(...numbersOf(await daemon.publish(event)));
  }
  for (const client of clients) {
    await client.received(count);
    expect(client.numbers()).toEqual(published);
    client.socket.terminate();
  }
});

test("who stops reading while quotes come in gets the newest of each and every other event; nobody else notices", async () => {
  await using daemon = await startStreamDaemon();
  using stopped = await openRaw(daemon.port);
  stopped.pause();
  using other = await listenTo(daemon.url);
  const published: number[] = [];
  // More than the system takes for a client that reads nothing.
  for (let round = 1; round <= 100; round += 1) {
    const quotes = Array.from({ length: 999 }, (_, index) => quote(1, 6_000 + round, { contractId: `C${index % 10}` }));
    published.push(...numbersOf(await daemon.publish(...quotes, cleared(round))));
  }
  await other.received(published.length);
  expect(other.numbers()).toEqual(published);
  stopped.resume();
  const last = published.at(-1);
  await until("the last", () => readEvents(stopped).at(-1)?.seq === last);
  const read = readEvents(stopped);
  const numbers = read.map(({ seq }) => seq);
  expect(numbers).toEqual(numbers.toSorted((one, two) => one - two));
  expect(read.length).toBeLessThan(published.length);
  const others = read.filter(({ type }) => type !== "MarketQuote");
  expect(others.map(({ account_id }) => account_id)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  for (let contract = 0; contract < 10; contract += 1) {
    const newest = read.findLast(({ data }) => data["contractId"] === `C${contract}`);
    expect(newest?.data["last"]).toBe(6_100);
  }
  stopped[Symbol.dispose]();
  await until("the log tells of it", () => /[1-9]\d* quotes gave way to newer ones/.test(readAudit(daemon)));
});

test("who stops reading while more than quotes come in is closed with 1013; nobody else notices", async () => {
  await using daemon = await startStreamDaemon();
  using stopped = await openRaw(daemon.port);
  stopped.pause();
  using other = await listenTo(daemon.url);
  const details = { filling: "x".repeat(15_000) };
  const published: number[] = [];
  // 30 MB: more than the system takes for a client that reads nothing.
  while (published.length < 2_000) {
    const events = Array.from({ length: 50 }, () => action(1, { details }));
    published.push(...numbersOf(await daemon.publish(...events)));
  }
  await other.received(published.length);
  expect(other.numbers()).toEqual(published);
  stopped.resume();
  expect(await stopped.closeCode()).toBe(1013);
  // Up to there nothing is missing.
  const numbers = readEvents(stopped).map(({ seq }) => seq);
  expect(numbers).toEqual(published.slice(0, numbers.length));
  await until("the log tells of it", () => readAudit(daemon).includes(": slow consumer"));
});

test("of a hundred that stop reading, those that did so first are closed with 1013 once much waits for all of them; nobody else notices", async () => {
  await using daemon = await startStreamDaemon();
  const stopped = await Promise.all(Array.from({ length: 100 }, () => openRaw(daemon.port)));
  for (const one of stopped) one.pause();
  using other = await listenTo(daemon.url);
  const quotes = Array.from({ length: 1_000 }, (_, price) => quote(1, price));
  // More than the system takes for those that read nothing; of a price, only the latest waits.
  for (let call = 0; call < 10; call += 1) await daemon.publish(...quotes);
  const details = { filling: "x".repeat(15_000) };
  // No more than may wait for one of them.
  const published = numbersOf(await daemon.publish(...Array.from({ length: 30 }, () => action(1, { details }))));
  await until("the other has all", () => other.texts.at(-1)?.startsWith(`{"seq":${published.at(-1)},`));
  expect(other.numbers().slice(-published.length)).toEqual([...published]);
  const [first, last] = [stopped[0], stopped.at(-1)];
  first?.resume();
  last?.resume();
  expect(await first?.closeCode()).toBe(1013);
  await until(
    "the last has read all of it",
    () => last !== undefined && readEvents(last).at(-1)?.seq === published.at(-1),
  );
  for (const one of stopped) one[Symbol.dispose]();
});

test.skipIf(process.platform !== "linux")("a thousand that come and go leave nothing behind", async () => {
  await using daemon = await startStreamDaemon();
  const { pid } = daemon.process;
  await daemon.publish(cleared(1));
  await comeAndGo(daemon, 200);
  const [descriptors, megabytes] = [openDescriptors(pid), anonymousMegabytes(pid)];
  await comeAndGo(daemon, 1_000);
  await until("their descriptors are closed", () => openDescriptors(pid) <= descriptors);
  // 1,000 that stayed would be some 10 MB more than this.
  await until("their memory is free", () => anonymousMegabytes(pid) < megabytes + 4);
});

/** They listen, hear something, and leave: half of them in good order. */
async function comeAndGo(daemon: StreamDaemon, count: number): Promise<void> {
  for (let come = 0; come < count; come += 50) {
    const clients = await Promise.all(Array.from({ length: 50 }, () => listenTo(`${daemon.url}/?since=0`)));
    await daemon.publish(cleared(2));
    for (const [index, client] of clients.entries()) await leave(client, index % 2 === 0);
  }
}

async function leave({ socket, received, closed }: Listener, isOrderly: boolean): Promise<void> {
  await received(2);
  if (isOrderly) socket.close();
  else socket.terminate();
  await closed;
}

function numbersOf({ results }: Published): readonly number[] {
  return results.map((result) => {
    if ("seq" in result && result.seq !== null) return result.seq;
    throw new Error(`not taken: ${JSON.stringify(result)}`);
  });
}

function readAudit(daemon: StreamDaemon): string {
  return readFileSync(join(daemon.home, "wp-server-logs/audit.log"), "utf8");
}
