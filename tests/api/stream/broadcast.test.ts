import { expect, test } from "bun:test";
import { until } from "../../rig/until.ts";
import { listenTo } from "./listener.ts";
import { makeFrame, OPCODE, openRaw } from "./raw-client.ts";
import { cleared, RUNNING } from "./sample-events.ts";
import { openStream } from "./stream-rig.ts";

test("all who listen get everything, in order, also what is told within one turn or across many", async () => {
  await using stream = openStream();
  using first = await listenTo(stream.url);
  using second = await listenTo(stream.url);
  for (let turn = 0; turn < 20; turn += 1) {
    for (let event = 0; event < 10; event += 1) stream.feed.emit(cleared(event), RUNNING);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const all = Array.from({ length: 400 }, (_, index) => index + 1);
  await first.received(400);
  await second.received(400);
  expect([first.numbers(), second.numbers()]).toEqual([all, all]);
});

test("who comes between an event and its delivery does not get it", async () => {
  await using stream = openStream();
  using first = await listenTo(stream.url);
  const coming = listenTo(stream.url);
  await until("it is there", () => {
    if (stream.server.clients() === 1) stream.feed.emit(RUNNING);
    return stream.server.clients() === 2;
  });
  using second = await coming;
  const before = stream.feed.lastSeq;
  stream.feed.emit(cleared(1));
  await first.received(before + 1);
  await second.received(1);
  expect(second.numbers()).toEqual([before + 1]);
});

test("who sends 10,000 messages is closed with 1008, and the others do not notice", async () => {
  await using stream = openStream();
  using other = await listenTo(stream.url);
  using talker = await openRaw(stream.port);
  const message = makeFrame(OPCODE.text, "x".repeat(100));
  for (let hundred = 0; hundred < 100 && !talker.isClosed(); hundred += 1) {
    talker.write(Buffer.concat(Array<Buffer>(100).fill(message)));
  }
  expect(await talker.closeCode()).toBe(1008);
  stream.feed.emit(RUNNING);
  expect(await other.received(1)).toHaveLength(1);
  expect(stream.audited.at(-1)).toEndWith(": the stream takes no messages");
});

test("pings without end are no way to fill the memory", async () => {
  await using stream = openStream();
  using talker = await openRaw(stream.port);
  talker.pause();
  talker.write(Buffer.concat(Array<Buffer>(1_000).fill(makeFrame(OPCODE.ping, "x".repeat(100)))));
  await until("it is closed", () => stream.server.clients() === 0);
  talker.resume();
  expect(await talker.closeCode()).toBe(1008);
});

test("a message that is none is thrown away, and the next event comes", async () => {
  await using stream = openStream();
  using client = await listenTo(stream.url);
  client.socket.send('{"type":');
  client.socket.send(new Uint8Array([1, 2, 3]));
  stream.feed.emit(RUNNING);
  expect(await client.received(1)).toHaveLength(1);
});

test("an event of a type that nobody knows goes out as any other", async () => {
  await using stream = openStream();
  using client = await listenTo(stream.url);
  stream.feed.emit({ type: "my.own_event", account_id: 5, data: { deep: [{ list: [1, null, true] }] } });
  expect(await client.received(1)).toEqual([
    '{"seq":1,"type":"my.own_event","account_id":5,"data":{"deep":[{"list":[1,null,true]}]}}',
  ]);
});

test("who answers pings stays, who does not is dropped after one that was missed", async () => {
  await using stream = openStream({ pingMs: 500 });
  using alive = await listenTo(stream.url);
  using dead = await openRaw(stream.port);
  await until("the dead one is dropped", () => dead.isClosed());
  expect(dead.frames().map(({ opcode }) => opcode)).toEqual([OPCODE.ping]);
  expect(stream.audited.at(-1)).toEndWith(": a ping was not answered");
  using answering = await openRaw(stream.port);
  for (let pings = 1; pings <= 3; pings += 1) {
    await until("the next ping", () => answering.frames().length >= pings);
    answering.write(makeFrame(OPCODE.pong, ""));
  }
  expect([answering.isClosed(), alive.socket.readyState]).toEqual([false, WebSocket.OPEN]);
  stream.feed.emit(RUNNING);
  await alive.received(1);
});

test("a client may speak again and again, if it does so seldom", async () => {
  await using stream = openStream({ pingMs: 500 });
  using client = await listenTo(stream.url);
  for (let batch = 0; batch < 4; batch += 1) {
    for (let message = 0; message < 30; message += 1) client.socket.send("still here");
    const pings = await openRaw(stream.port);
    await pings.frame(OPCODE.ping);
    pings[Symbol.dispose]();
  }
  stream.feed.emit(RUNNING);
  expect(await client.received(1)).toHaveLength(1);
});
