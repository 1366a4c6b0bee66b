import { expect, test } from "bun:test";
import type { NumberedEvent } from "../../../src/events/event.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { until } from "../../rig/until.ts";
import { listenTo } from "./listener.ts";
import { OPCODE, openRaw, type RawClient, readEvents } from "./raw-client.ts";
import { bulky, cleared, quote, RUNNING } from "./sample-events.ts";
import { openStream, type StreamRig } from "./stream-rig.ts";

test("since: what is newer than the number comes first, then what happens, each once and in order", async () => {
  await using stream = openStream();
  stream.feed.emit(cleared(1), cleared(2), quote(1, "a", 5), cleared(3));
  using client = await listenTo(`${stream.url}/?since=1`);
  stream.feed.emit(cleared(4));
  await client.received(3);
  using upToDate = await listenTo(`${stream.url}/?since=5`);
  stream.feed.emit(quote(1, "a", 6));
  await client.received(4);
  await upToDate.received(1);
  expect(client.numbers()).toEqual([2, 4, 5, 6]);
  expect(upToDate.numbers()).toEqual([6]);
});

test("since: what was told but not yet delivered when a client comes is neither lost nor doubled", async () => {
  await using stream = openStream();
  using first = await listenTo(stream.url);
  const coming = Array.from({ length: 20 }, () => listenTo(`${stream.url}/?since=0`));
  await until("they are there", () => {
    stream.feed.emit(cleared(1));
    return stream.server.clients() === 21;
  });
  stream.feed.emit(cleared(2));
  const { lastSeq } = stream.feed;
  const all = Array.from({ length: lastSeq }, (_, index) => index + 1);
  await first.received(lastSeq);
  for (const client of await Promise.all(coming)) {
    await client.received(lastSeq);
    expect(client.numbers()).toEqual(all);
    client.socket.terminate();
  }
});

test("since: where something is no longer there, a gap is told first, and the number goes on behind it", async () => {
  await using stream = openStream();
  for (let account = 1; account <= 6; account += 1) stream.feed.emit(cleared(account));
  stream.feed.forgetUpTo(4);
  using client = await listenTo(`${stream.url}/?since=2`);
  const [gap] = await client.received(3);
  expect(gap).toBe('{"seq":4,"type":"gap","account_id":null,"data":{"from":3,"to":4}}');
  expect(client.numbers()).toEqual([4, 5, 6]);
  using again = await listenTo(`${stream.url}/?since=4`);
  await again.received(2);
  expect(again.types()).toEqual(["lockout_cleared", "lockout_cleared"]);
});

test("since: with nothing left, the gap reaches up to the last number; a filter does not hide it", async () => {
  await using stream = openStream();
  stream.feed.emit(cleared(1), cleared(1), cleared(1));
  stream.feed.forgetUpTo(3);
  using client = await listenTo(`${stream.url}/?since=0&account=9&types=daemon_status`);
  stream.feed.emit(cleared(9), RUNNING);
  await client.received(2);
  expect(client.texts[0]).toBe('{"seq":3,"type":"gap","account_id":null,"data":{"from":1,"to":3}}');
  expect(client.numbers()).toEqual([3, 5]);
});

test("since: a number that was never given is a gap over everything, and what happens next is not taken for old", async () => {
  await using stream = openStream();
  stream.feed.emit(cleared(1), cleared(1));
  using client = await listenTo(`${stream.url}/?since=500`);
  stream.feed.emit(cleared(2));
  await client.received(2);
  expect(client.texts[0]).toBe('{"seq":2,"type":"gap","account_id":null,"data":{"from":1,"to":2}}');
  expect(client.numbers()).toEqual([2, 3]);
});

test("snapshot: the state comes first, as ordinary events, then what happens, without a gap and nothing twice", async () => {
  await using stream = openStream();
  stream.feed.emit(cleared(1), cleared(2));
  stream.feed.state = [RUNNING, quote(1, "a", 5), quote(2, "a", 6), quote(1, "b", 7)];
  using client = await listenTo(`${stream.url}/?snapshot=1`);
  stream.feed.emit(quote(1, "a", 8));
  await client.received(5);
  expect(client.numbers()).toEqual([2, 2, 2, 2, 3]);
  expect(client.texts.slice(0, 4).map((text) => JSON.parse(text))).toEqual(
    stream.feed.state.map((event) => ({ seq: 2, ...event })),
  );
});

test("snapshot and since: first what was missed, then the state, then what happens", async () => {
  await using stream = openStream();
  stream.feed.emit(cleared(1), cleared(2));
  stream.feed.state = [RUNNING, quote(1, "a", 5)];
  using client = await listenTo(`${stream.url}/?since=1&snapshot=1&account=1`);
  stream.feed.emit(cleared(1));
  await client.received(3);
  expect(client.types()).toEqual(["daemon_status", "MarketQuote", "lockout_cleared"]);
  expect(client.numbers()).toEqual([2, 2, 3]);
});

test("with an account and types only these come, of the past and of the present", async () => {
  await using stream = openStream();
  stream.feed.state = [RUNNING, quote(7, "a", 5), quote(8, "a", 5)];
  stream.feed.emit(cleared(7), cleared(8), RUNNING);
  using mine = await listenTo(`${stream.url}/?since=0&account=7`);
  using quotes = await listenTo(`${stream.url}/?snapshot=1&types=MarketQuote`);
  stream.feed.emit(cleared(8), cleared(7), RUNNING, quote(8, "a", 6));
  await mine.received(4);
  await quotes.received(3);
  expect(mine.numbers()).toEqual([1, 3, 5, 6]);
  expect(quotes.texts.map((text) => JSON.parse(text).account_id)).toEqual([7, 8, 8]);
});

test("who stops reading misses old quotes alone, gets all the rest in order, and harms nobody", async () => {
  await using stream = openStream();
  using slow = await openRaw(stream.port);
  using quick = await listenTo(stream.url);
  slow.pause();
  const events: number[] = [];
  for (let round = 1; round <= 900; round += 1) {
    stream.feed.emit(quote(1, "a", round, "x".repeat(10_000)), quote(2, "b", round), cleared(round));
    events.push(round * 3);
    if (round % 50 === 0) await quick.received(round * 3);
  }
  slow.resume();
  const read = await readUntil(slow, 2_700);
  const others = read.filter(({ type }) => type === "lockout_cleared");
  expect(others.map(({ seq }) => seq)).toEqual(events);
  expect(read.map(({ seq }) => seq)).toEqual(read.map(({ seq }) => seq).toSorted((one, other) => one - other));
  const newest = (account: number) => read.findLast(({ account_id }) => account_id === account)?.data["last"];
  expect(read.length).toBeLessThan(2_700);
  expect([newest(1), newest(2)]).toEqual([900, 900]);
  slow[Symbol.dispose]();
  await until("it has gone", () => stream.server.clients() === 1);
  expect(stream.audited.at(-1)).toMatch(/: .*; \d+ quotes gave way to newer ones$/);
});

test("who stops reading for too long is closed with 1013 and told why, and can resume where it was", async () => {
  await using stream = openStream();
  using slow = await openRaw(stream.port);
  using quick = await listenTo(stream.url);
  slow.pause();
  for (let round = 0; round < MORE_THAN_THE_SYSTEM_KEEPS / 200_000; round += 1) {
    for (let count = 0; count < 10; count += 1) stream.feed.emit(bulky(1, 20_000));
    await quick.received(stream.feed.lastSeq);
  }
  // The runtime would cut the connection some seconds after a close frame that cannot leave.
  expect(stream.server.clients()).toBe(2);
  slow.resume();
  expect(await slow.closeCode()).toBe(1013);
  await until("it has gone", () => stream.server.clients() === 1);
  const close = await slow.frame(OPCODE.close);
  expect(String(close.payload.subarray(2))).toBe("slow consumer");
  expect(stream.audited.at(-1)).toEndWith(": slow consumer");
  const seen = readEvents(slow).length;
  expect(readEvents(slow).map(({ seq }) => seq)).toEqual(Array.from({ length: seen }, (_, index) => index + 1));
  using again = await listenTo(`${stream.url}/?since=${seen}`);
  await again.received(stream.feed.lastSeq - seen);
  expect(again.numbers()[0]).toBe(seen + 1);
});

test("who is so slow that the ping cannot have reached it is closed as a slow consumer, too", async () => {
  await using stream = openStream({ pingMs: 200 });
  using slow = await openRaw(stream.port);
  slow.pause();
  for (let count = 0; count < 1_000; count += 1) stream.feed.emit(quote(1, "a", count, "x".repeat(20_000)));
  using silent = await openRaw(stream.port);
  await until("the pings have told", () => silent.isClosed());
  slow.resume();
  expect(await slow.closeCode()).toBe(1013);
  await until("it has gone", () => stream.server.clients() === 0);
  expect(stream.audited.join("\n")).toMatch(/: slow consumer; \d+ quotes gave way to newer ones$/m);
});

test("who never reads again is forgotten after some pings", async () => {
  await using stream = openStream({ pingMs: 50 });
  using slow = await openRaw(stream.port);
  slow.pause();
  for (let count = 0; count < MORE_THAN_THE_SYSTEM_KEEPS / 20_000; count += 1) stream.feed.emit(bulky(1, 20_000));
  await until("it is forgotten", () => stream.server.clients() === 0);
  expect(stream.audited.at(-1)).toEndWith(": slow consumer");
});

test("since: what is missed may be much more than the system takes at once; quotes told meanwhile keep their place", async () => {
  await using stream = openStream();
  for (let count = 0; count < 600; count += 1) stream.feed.emit(bulky(1, 20_000));
  using slow = await openRaw(stream.port, { target: "/?since=0" });
  slow.pause();
  await until("it is there", () => stream.server.clients() === 1);
  for (let count = 1; count <= 100; count += 1) stream.feed.emit(quote(1, "a", count), bulky(1, 20_000));
  await turns(stream);
  expect(stream.audited.join()).not.toContain("slow consumer");
  slow.resume();
  const read = await readUntil(slow, 800);
  const numbers = read.map(({ seq }) => seq);
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(read.filter(({ type }) => type === "bulk")).toHaveLength(700);
  expect(read.findLast(({ type }) => type === "MarketQuote")?.data["last"]).toBe(100);
});

test("since: a long replay goes piece by piece, and all others have their turn between them", async () => {
  await using stream = openStream();
  stream.feed.emit(...Array.from({ length: 2_000 }, (_, index) => cleared(index)));
  const { replay } = stream.feed;
  let turnsOfOthers = 0;
  const turnsBefore: number[] = [];
  stream.feed.replay = (seq, most) => {
    turnsBefore.push(turnsOfOthers);
    setImmediate(() => {
      turnsOfOthers += 1;
    });
    return replay(seq, most);
  };
  using client = await listenTo(`${stream.url}/?since=0`);
  await client.received(2_000);
  expect(client.numbers()).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
  expect(turnsBefore.length).toBeGreaterThan(2);
  expect(turnsBefore.at(-1)).toBeGreaterThan(0);
});

test("snapshot: one that is larger than the limits comes whole, behind it what happened meanwhile", async () => {
  await using stream = openStream();
  stream.feed.emit(cleared(1));
  stream.feed.state = Array.from({ length: 1_200 }, (_, index) => bulky(index, 8_000));
  using slow = await openRaw(stream.port, { target: "/?snapshot=1" });
  slow.pause();
  await until("it is there", () => stream.server.clients() === 1);
  for (let count = 0; count < 50; count += 1) stream.feed.emit(cleared(count));
  slow.resume();
  const numbers = (await readUntil(slow, 51)).map(({ seq }) => seq);
  expect(numbers).toEqual([...Array<number>(1_200).fill(1), ...Array.from({ length: 50 }, (_, index) => index + 2)]);
});

/** Bytes of a connection that nobody reads, in the buffers of both ends. */
const MORE_THAN_THE_SYSTEM_KEEPS = 30_000_000;

/** Resolves with all events once that with this number is there. */
async function readUntil(client: RawClient, seq: number): Promise<readonly NumberedEvent[]> {
  const sought = `{"seq":${seq},`;
  await until(`event ${seq}`, () =>
    client.frames().some(({ payload }) => payload.toString("latin1", 0, sought.length) === sought),
  );
  return readEvents(client);
}

/** Resolves when what was told before has been delivered to whoever reads. */
async function turns(stream: StreamRig): Promise<void> {
  using probe = await listenTo(stream.url);
  stream.feed.emit(RUNNING);
  await probe.received(1);
}

test("whose past or state cannot be read is ended with 1011 and the reason, and the others go on", async () => {
  await using stream = openStream();
  using other = await listenTo(stream.url);
  const fail = () => {
    throw new Failure("file-unusable", `the event database ${"ü".repeat(200)} was written by a newer wpdaemon`);
  };
  stream.feed.replay = fail;
  stream.feed.snapshot = fail;
  for (const query of ["?since=0", "?snapshot=1"]) {
    using client = await listenTo(`${stream.url}/${query}`);
    expect(await client.closed).toEqual({ code: 1011, reason: expect.stringMatching(/^the event database ü+$/) });
  }
  stream.feed.emit(RUNNING);
  expect(await other.received(1)).toHaveLength(1);
});

test("a snapshot of any length is read in pieces, between which others have their turn", async () => {
  await using stream = openStream();
  let read = 0;
  stream.feed.snapshot = function* () {
    for (; read < 5_000; read += 1) yield { seq: 1, ...RUNNING };
  };
  const perTurn: number[] = [];
  let before = 0;
  const watch = () => {
    perTurn.push(read - before);
    before = read;
    if (read < 5_000) setImmediate(watch);
  };
  setImmediate(watch);
  using client = await listenTo(`${stream.url}/?snapshot=1`);
  await client.received(5_000);
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(500);
});
