import { expect, test } from "bun:test";
import { gapEvent } from "../api/fake-feed.ts";
import { createFeedScene, NOON, note, quote, replayAll } from "./feed-rig.ts";

test("a replay gives what is newer and kept, without quotes, after a restart as before", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1), quote("A"), note(2), quote("B"), note(3)]);
  const expected = {
    events: [
      { seq: 3, ...note(2) },
      { seq: 5, ...note(3) },
    ],
  };
  expect(scene.feed.replay(2)).toEqual(expected);
  const feed = await scene.reopen();
  expect(feed.replay(2)).toEqual(expected);
  expect(feed.replay(5)).toEqual({ events: [] });
  expect(feed.replay(6)).toEqual({ events: [], gap: gapEvent(1, 5) });
});

test("a replay gives so many at once, the oldest first, and none only where there are no more", async () => {
  await using scene = createFeedScene();
  const notes = Array.from({ length: 600 }, (_, n) => note(n));
  await scene.feed.publish([quote("A"), ...notes, quote("A")]);
  expect(scene.feed.replay(0, 2)).toEqual({
    events: [
      { seq: 2, ...note(0) },
      { seq: 3, ...note(1) },
    ],
  });
  const { pieces, events, gap } = replayAll(scene.feed);
  expect([pieces, gap]).toEqual([4, undefined]);
  expect(events.map(({ data }) => data)).toEqual(notes.map(({ data }) => data));
  expect(replayAll(scene.feed, 1).events).toEqual(events);
});

test("long events are given in pieces of about 1 MiB, and one by one where each is as long", async () => {
  await using scene = createFeedScene({ limits: { eventCharacters: 3_000_000 } });
  const long = (characters: number) => ({ type: "x", account_id: null, data: { text: "y".repeat(characters) } });
  await scene.feed.publish(Array.from({ length: 40 }, () => long(64 * 1024)));
  const { events } = scene.feed.replay(0);
  expect(events).toHaveLength(16);
  expect(replayAll(scene.feed).events).toHaveLength(40);
  await scene.feed.publish([long(2_000_000), long(2_000_000)]);
  expect(scene.feed.replay(40).events.map(({ seq }) => seq)).toEqual([41]);
  expect(scene.feed.replay(41).events.map(({ seq }) => seq)).toEqual([42]);
});

test("a gap is the asker's own: it is not told again to who has gone on from there", async () => {
  await using scene = createFeedScene({ limits: { events: 100 } });
  for (let n = 1; n <= 250; n += 1) await scene.feed.publish([note(n)]);
  const first = scene.feed.replay(0, 10);
  expect(first).toMatchObject({ gap: gapEvent(1, (first.events[0]?.seq ?? 0) - 1), events: { length: 10 } });
  const second = scene.feed.replay(first.events.at(-1)?.seq ?? 0, 10);
  expect([second.gap, second.events.length]).toEqual([undefined, 10]);
});

test("events are kept by count, and who asks for older ones hears of the gap", async () => {
  await using scene = createFeedScene({ limits: { events: 100 } });
  for (let n = 1; n <= 250; n += 1) await scene.feed.publish([note(n), quote("A")]);
  const { events, gap } = scene.feed.replay(0);
  expect(gap).toEqual(gapEvent(1, (events[0]?.seq ?? 0) - 1));
  expect(events.length).toBeGreaterThanOrEqual(100);
  expect(events.length).toBeLessThan(105);
  expect(events.at(-1)).toEqual({ seq: 499, ...note(250) });
  const oldest = events[0]?.seq ?? 0;
  // The number before the oldest is a quote's, the one before that an event's that is gone.
  expect(scene.feed.replay(oldest - 2).gap).toBeUndefined();
  expect(scene.feed.replay(oldest - 3).gap).toEqual(gapEvent(oldest - 2, oldest - 1));
  const feed = await scene.reopen();
  for (let n = 1; n <= 50; n += 1) await feed.publish([note(n)]);
  expect(feed.replay(0).events.length).toBeLessThan(105);
});

test("events are kept by age", async () => {
  let now = NOON;
  await using scene = createFeedScene({ now: () => now, limits: { eventAge: 10_000_000 } });
  await scene.feed.publish([note(1), note(2)]);
  now += 9_000_000;
  await scene.feed.publish([note(3)]);
  expect(scene.feed.replay(0).events).toHaveLength(3);
  now += 9_000_000;
  await scene.feed.publish([note(4)]);
  expect(scene.feed.replay(0)).toEqual({
    events: [
      { seq: 3, ...note(3) },
      { seq: 4, ...note(4) },
    ],
    gap: gapEvent(1, 2),
  });
});

test("numbers go on after a clean end as if there had been none", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1), quote("A")]);
  const feed = await scene.reopen();
  expect(feed.lastSeq).toBe(2);
  expect(await feed.publish([note(2)])).toEqual([{ accepted: true, seq: 3 }]);
});

test("a number that a quote had is never given out again, though quotes are not stored", async () => {
  await using scene = createFeedScene();
  const quotes = Array.from({ length: 900 }, () => quote("A"));
  let last = 0;
  for (let round = 0; round < 25; round += 1) {
    await scene.feed.publish(quotes);
    last = scene.feed.lastSeq;
  }
  expect(last).toBe(22_500);
  // As after a kill: nobody has closed the first one.
  await using second = createFeedScene({ path: scene.path });
  expect(second.feed.lastSeq).toBeGreaterThanOrEqual(last);
  const [answer] = await second.feed.publish([quote("A")]);
  expect(answer).toEqual({ accepted: true, seq: second.feed.lastSeq });
});

test("without other limits the newest 10,000 events are kept, for 7 days, and a key for a day", async () => {
  const DAY = 86_400_000;
  let now = NOON;
  await using scene = createFeedScene({ now: () => now });
  await scene.feed.publish([note(0)], "the key");
  await scene.feed.publish(Array.from({ length: 10_200 }, (_, n) => note(n)));
  expect(scene.rows("SELECT count(*) AS count FROM events")).toEqual([{ count: 10_000 }]);
  now = NOON + DAY;
  expect(await scene.feed.publish([note(0)], "the key")).toEqual([{ accepted: true, seq: 1 }]);
  now = NOON + DAY + 1;
  expect(await scene.feed.publish([note(0)], "the key")).toEqual([{ accepted: true, seq: 10_202 }]);
  now = NOON + 7 * DAY;
  await (await scene.reopen()).publish([note(1)]);
  expect(scene.rows("SELECT count(*) AS count FROM events")).toEqual([{ count: 10_000 }]);
  now = NOON + 7 * DAY + 1;
  await (await scene.reopen()).publish([note(2)]);
  expect(scene.rows("SELECT count(*) AS count FROM events")).toEqual([{ count: 3 }]);
});
