import { describe, expect, test } from "bun:test";
import { createFeedClient, type FeedStatus } from "../../../src/viewer/client/feed-client.ts";
import { createFakeDaemon, statusEvent } from "../fake-daemon.ts";
import { createFakeTimers } from "../fake-timers.ts";

/** A feed whose database answers when the test says so. */
function startFeed() {
  const daemon = createFakeDaemon();
  const timers = createFakeTimers();
  const told: unknown[] = [];
  const statuses: FeedStatus[] = [];
  const reads: PromiseWithResolvers<string>[] = [];
  const client = createFeedClient<string>(
    {
      url: "ws://127.0.0.1:1",
      account: 7001,
      open: daemon.open,
      timers,
      random: () => 0.5,
      read() {
        const read = Promise.withResolvers<string>();
        reads.push(read);
        return read.promise;
      },
    },
    {
      onRows: (rows) => told.push(rows),
      onUnreadable: (reason) => told.push(reason),
      onEvent: ({ seq }) => told.push(seq),
      onHeartbeat: () => told.push("heartbeat"),
      onStatus: (status) => statuses.push(status),
      onIgnored: (reason) => told.push(reason),
    },
  );
  return {
    daemon,
    timers,
    told,
    statuses,
    kinds: () => statuses.map(({ kind }) => kind),
    reads,
    client,
    async answer(rows: string): Promise<void> {
      reads.at(-1)?.resolve(rows);
      await settle();
    },
    async fail(reason: string): Promise<void> {
      reads.at(-1)?.reject(new Error(reason));
      await settle();
    },
  };
}

/** Lets everything that waits for a promise go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

describe("start-up", () => {
  test("what comes while the database is read follows it, in order", async () => {
    const feed = startFeed();
    expect(feed.reads).toHaveLength(0);
    feed.daemon.accept();
    feed.daemon.send(statusEvent(5));
    feed.daemon.send(statusEvent(6));
    expect(feed.told).toEqual([]);
    await feed.answer("rows");
    feed.daemon.send(statusEvent(7));
    expect(feed.told).toEqual(["rows", 5, 6, 7]);
    expect(feed.kinds()).toEqual(["connecting", "live"]);
    expect(feed.daemon.questions).toEqual(["?snapshot=1&account=7001"]);
  });

  test("without a database the stream goes on, and the database is tried again", async () => {
    const feed = startFeed();
    feed.daemon.accept();
    feed.daemon.send(statusEvent(5));
    await feed.fail("none");
    expect(feed.told).toEqual(["none", 5]);
    feed.timers.advance(1_000);
    feed.daemon.send(statusEvent(6));
    await feed.answer("rows");
    expect(feed.told).toEqual(["none", 5, "rows", 6]);
    feed.timers.advance(5_000);
    expect(feed.reads).toHaveLength(2);
  });

  test("a daemon that does not answer: the last known state within a second", async () => {
    const feed = startFeed();
    feed.timers.advance(1_000);
    await feed.answer("rows");
    expect(feed.told).toEqual(["rows"]);
  });
});

describe("without the stream", () => {
  test("without the stream, refused: the last known state at once, then once a second, told where it differs", async () => {
    const feed = startFeed();
    feed.daemon.drop();
    await feed.answer("old");
    expect(feed.kinds()).toEqual(["connecting", "fallback"]);
    for (const rows of ["old", "new", "new"]) {
      feed.timers.advance(1_000);
      await feed.answer(rows);
    }
    expect(feed.reads).toHaveLength(4);
    expect(feed.told).toEqual(["old", "new"]);
  });

  test("without the stream, back again: read once more, then the missed events, then live", async () => {
    const feed = startFeed();
    feed.daemon.accept();
    feed.daemon.send(statusEvent(5));
    await feed.answer("one");
    feed.daemon.drop();
    feed.timers.advance(1_000);
    await feed.answer("two");
    feed.daemon.accept();
    feed.daemon.send(statusEvent(6));
    await feed.answer("three");
    expect(feed.told).toEqual(["one", 5, "two", "three", 6]);
    expect(feed.daemon.questions.at(-1)).toBe("?since=5&account=7001");
    expect(feed.kinds()).toEqual(["connecting", "live", "fallback", "live"]);
  });

  test("without the stream, it is lost since the first loss, however often it is tried", () => {
    const feed = startFeed();
    feed.daemon.accept();
    feed.timers.advance(5_000);
    const lostAt = feed.timers.now();
    feed.daemon.drop();
    feed.timers.advance(1_000);
    feed.daemon.drop();
    expect(feed.statuses.slice(-2)).toMatchObject([{ since: lostAt }, { since: lostAt, retryAt: lostAt + 3_000 }]);
  });

  test("without the stream, a daemon that goes has a second to close its database", async () => {
    const feed = startFeed();
    feed.daemon.accept();
    await feed.answer("one");
    feed.timers.advance(700);
    feed.daemon.drop();
    feed.timers.advance(999);
    expect(feed.reads).toHaveLength(1);
    feed.timers.advance(1);
    expect(feed.reads).toHaveLength(2);
  });

  test("without the stream, where the state could not be read, it is tried at once", async () => {
    const feed = startFeed();
    feed.daemon.accept();
    await feed.fail("none");
    feed.daemon.drop();
    await feed.answer("rows");
    expect(feed.told).toEqual(["none", "rows"]);
  });

  test("without the stream, a reading that began before the stream came back is not taken", async () => {
    const feed = startFeed();
    feed.daemon.drop();
    feed.timers.advance(1_000);
    feed.daemon.accept();
    feed.daemon.send(statusEvent(5));
    await feed.answer("older than the stream");
    expect(feed.told).toEqual([]);
    await feed.answer("rows");
    expect(feed.told).toEqual(["rows", 5]);
  });
});

test("a gap: the state is read again, and what comes meanwhile follows it", async () => {
  const feed = startFeed();
  feed.daemon.accept();
  await feed.answer("one");
  feed.daemon.send({ seq: 9, type: "gap", account_id: null, data: { from: 5, to: 9 } });
  feed.daemon.send(statusEvent(10));
  expect(feed.told).toEqual(["one"]);
  await feed.answer("two");
  expect(feed.told).toEqual(["one", "two", 10]);
});

test("a heartbeat is told", () => {
  const feed = startFeed();
  feed.daemon.accept();
  feed.daemon.ping();
  expect(feed.told).toEqual(["heartbeat"]);
});

test("closed: nothing is read or told any more", async () => {
  const feed = startFeed();
  feed.daemon.accept();
  feed.client.close();
  await feed.answer("rows");
  feed.timers.advance(60_000);
  expect(feed.told).toEqual([]);
  expect(feed.reads).toHaveLength(1);
});
