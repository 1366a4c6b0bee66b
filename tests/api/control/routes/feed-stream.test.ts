import { expect, test } from "bun:test";
import { openFeed } from "../../../../src/api/control/routes/feed-stream.ts";
import { Failure } from "../../../../src/platform/failure.ts";
import { until } from "../../../rig/until.ts";
import { createFakeFeed, makeEvent } from "../../fake-feed.ts";
import { type ControlRig, openControl } from "../control-rig.ts";
import { openReader, type StreamReader } from "../stream-reader.ts";

test("format=feed gives the numbered events that come, in the feed's envelope", async () => {
  using control = openControl();
  await publish(control, 1, 2);
  await using reader = await openReader(control.path, "/v1/events?format=feed");
  expect(reader.head).toContain("content-type: application/x-ndjson");
  await publish(control, 3, 4);
  await reader.sees(`\n${[3, 4].map((n) => `${JSON.stringify({ seq: n, ...makeEvent(n) })}\n`).join("")}`);
});

test("since gives what is kept of what came after, and then what comes", async () => {
  using control = openControl();
  await publish(control, 1, 2, 3);
  await using reader = await openReader(control.path, "/v1/events?since=1");
  await publish(control, 4);
  expect(await numbersOf(reader, 3)).toEqual([2, 3, 4]);
});

test.each([
  [1, 1, { from: 2, to: 3 }, [4, 5]],
  [1, 0, { from: 2, to: 4 }, [5]],
  // Never given here.
  [90, 1, { from: 1, to: 4 }, [5]],
])("since=%d where only %d is kept: a gap comes first", async (since, kept, gap, rest) => {
  using control = openControl();
  await publish(control, 1, 2, 3, 4);
  control.feed.forgetUpTo(4 - kept);
  await using reader = await openReader(control.path, `/v1/events?since=${since}`);
  await publish(control, 5);
  expect(await numbersOf(reader, 1 + rest.length)).toEqual([gap.to, ...rest]);
  expect(linesOf(reader)[0]).toEqual({ seq: gap.to, type: "gap", account_id: null, data: gap });
});

test("a replay beyond what may wait for a reader comes whole, and so does what is published meanwhile", async () => {
  using control = openControl();
  const text = "x".repeat(4_000);
  await control.feed.publish(Array.from({ length: 2_000 }, (_, n) => makeEvent(n, { text })));
  await using reader = await openReader(control.path, "/v1/events?since=0");
  reader.pause();
  for (let n = 2_000; n < 2_300; n++) control.feed.record(makeEvent(n, { text }));
  reader.resume();
  expect(await numbersOf(reader, 2_300)).toEqual(Array.from({ length: 2_300 }, (_, index) => index + 1));
  await until("it follows", () => control.feed.listeners === 1);
});

test("an event that is kept already, and told only now, comes once", async () => {
  const feed = createFakeFeed();
  const [first, second] = feed.emit(makeEvent(1), makeEvent(2));
  if (first === undefined || second === undefined) throw new Error("two were published");
  const sent: string[] = [];
  const told = Promise.withResolvers<Parameters<typeof feed.subscribe>[0]>();
  const subscribeFeed: typeof feed.subscribe = (listener) => {
    told.resolve(listener);
    return () => {};
  };
  openFeed({ replay: feed.replay, subscribeFeed }, 0)(sinkInto(sent));
  (await told.promise)([second, { ...second, seq: 3 }]);
  expect(sent.join("").match(/"seq":\d/g)).toEqual(['"seq":1', '"seq":2', '"seq":3']);
});

test("a reader who does not take a piece of a replay is dropped", async () => {
  const feed = createFakeFeed();
  await feed.publish(Array.from({ length: 500 }, (_, n) => makeEvent(n)));
  const sent: string[] = [];
  const reasons: string[] = [];
  const stuck = { taken: () => new Promise<void>(() => {}), drop: (why: string) => void reasons.push(why) };
  openFeed({ replay: feed.replay, subscribeFeed: feed.subscribe }, 0, 20)({ ...sinkInto(sent), ...stuck });
  await until("it is dropped", () => reasons.length > 0);
  expect(reasons).toEqual(["the reader is too slow"]);
  expect(sent.join("").split("\n")).toHaveLength(257);
  expect(feed.listeners).toBe(0);
});

test("a reader that goes leaves no subscription behind", async () => {
  using control = openControl();
  await publish(control, 1);
  const reader = await openReader(control.path, "/v1/events?since=0");
  await until("it follows", () => control.feed.listeners === 1);
  await reader[Symbol.asyncDispose]();
  await until("it is forgotten", () => control.feed.listeners === 0);
});

test("a feed that cannot be read is a refusal, and within a replay the end of the stream", async () => {
  using control = openControl({ replay: fail });
  const answer = await control.ask("GET", "/v1/events?since=0");
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("the disk is gone")]);

  await publish(control, ...Array.from({ length: 201 }, (_, n) => n));
  const { replay, subscribe: subscribeFeed } = control.feed;
  const reasons: string[] = [];
  const drop = (why: string) => void reasons.push(why);
  const service = { replay: (seq: number) => (seq === 0 ? replay(seq) : fail()), subscribeFeed };
  openFeed(service, 0)({ ...sinkInto([]), drop });
  await until("it is dropped", () => reasons.length > 0);
  expect(reasons).toEqual(["the disk is gone"]);

  function fail(): never {
    throw new Failure("file-unusable", "the disk is gone");
  }
});

test.each(["since=-1", "since=x", "since=", "since=9007199254740993", "format=daemon"])("%s is 400", async (query) => {
  using control = openControl();
  expect((await control.ask("GET", `/v1/events?${query}`)).status).toBe(400);
});

async function publish(control: ControlRig, ...numbers: readonly number[]): Promise<void> {
  await control.feed.publish(numbers.map((n) => makeEvent(n)));
}

function linesOf(reader: StreamReader): readonly Readonly<Record<string, unknown>>[] {
  const whole = reader.text().split("\n").slice(0, -1);
  return whole.filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Waits until so many events have come. */
async function numbersOf(reader: StreamReader, count: number): Promise<readonly unknown[]> {
  await until(`${count} events`, () => reader.text().split("\n").length - 2 >= count);
  return linesOf(reader).map((line) => line["seq"]);
}

function sinkInto(sent: string[]) {
  return {
    send: (text: string) => void sent.push(text),
    isFull: () => false,
    taken: () => Promise.resolve(),
    drop: () => {},
  };
}
