import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { NumberedEvent } from "../../src/events/event.ts";
import { createFeed } from "../../src/events/feed.ts";
import { Failure } from "../../src/platform/failure.ts";
import { modeOf } from "../rig/mode-of.ts";
import { until } from "../rig/until.ts";
import {
  brokerQuote,
  contract,
  createFeedScene,
  lockout,
  NOON,
  note,
  order,
  position,
  quote,
  replayAll,
  takeAnything,
  trade,
} from "./feed-rig.ts";

test("events are taken each on its own merits, numbered and told in order", async () => {
  await using scene = createFeedScene();
  const told: NumberedEvent[] = [];
  scene.feed.subscribe((events) => told.push(...events));
  const answer = await scene.feed.publish([note(1), "nonsense", quote("A"), note(2)]);
  expect(answer).toEqual([
    { accepted: true, seq: 1 },
    { accepted: false, reason: "type: is missing" },
    { accepted: true, seq: 2 },
    { accepted: true, seq: 3 },
  ]);
  expect(told).toEqual([
    { seq: 1, ...note(1) },
    { seq: 2, ...quote("A") },
    { seq: 3, ...note(2) },
  ]);
  expect(scene.feed.lastSeq).toBe(3);
});

test("a number of 0 stands before the first event", async () => {
  await using scene = createFeedScene();
  expect(scene.feed.lastSeq).toBe(0);
  expect(scene.feed.replay(0)).toEqual({ events: [], hasGap: false });
});

test("an event is on disk before any listener hears of it, and heard before its publisher is answered", async () => {
  await using scene = createFeedScene();
  const order: string[] = [];
  scene.feed.subscribe((events) => {
    const stored = scene.rows("SELECT seq FROM events");
    order.push(`told ${events.length}, stored ${stored.length}`);
  });
  scene.feed.record(note(0));
  await scene.feed.publish([note(1), note(2)]);
  order.push("answered");
  expect(order).toEqual(["told 3, stored 3", "answered"]);
});

test("what comes in one turn of the loop goes into one transaction", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(0)]);
  const log = () => statSync(`${scene.path}-wal`).size;
  const before = log();
  await scene.feed.publish([note(0)]);
  const one = log() - before;
  await Promise.all(Array.from({ length: 20 }, (_, n) => scene.feed.publish([note(n)])));
  expect(log() - before - one).toBe(one);
});

test("quotes alone are not written", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(0)]);
  const before = statSync(`${scene.path}-wal`).size;
  expect(await scene.feed.publish([quote("A"), quote("B")])).toHaveLength(2);
  expect(statSync(`${scene.path}-wal`).size).toBe(before);
  expect(scene.feed.replay(0).events).toHaveLength(1);
});

test("one listener's fault does not keep events from the others, and one that left hears no more", async () => {
  await using scene = createFeedScene();
  const told: number[] = [];
  scene.feed.subscribe(() => {
    throw new Error("mine");
  });
  const leave = scene.feed.subscribe((events) => told.push(...events.map(({ seq }) => seq)));
  await scene.feed.publish([note(1)]);
  leave();
  await scene.feed.publish([note(2)]);
  expect(told).toEqual([1]);
});

test("a repetition with the same key gives the first answer and changes nothing, over a restart, too", async () => {
  await using scene = createFeedScene();
  const events = [trade(5, "2025-11-04T15:00:00Z"), "nonsense"];
  const [first, meanwhile] = await Promise.all([scene.feed.publish(events, "k1"), scene.feed.publish(events, "k1")]);
  expect(first).toEqual([
    { accepted: true, seq: 1 },
    { accepted: false, reason: "type: is missing" },
  ]);
  expect(meanwhile).toEqual(first);
  const feed = await scene.reopen();
  expect(await feed.publish(events, "k1")).toEqual(first);
  expect(feed.replay(0).events).toHaveLength(1);
  expect(scene.rows("SELECT realized_pnl FROM daily_pnl")).toEqual([{ realized_pnl: 5 }]);
  expect((await feed.publish(events, "k2"))[0]).toEqual({ accepted: true, seq: 2 });
});

test("a key that belongs to other events is refused, and disturbs no other call", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1)], "k");
  const [mistaken, other] = await Promise.allSettled([
    scene.feed.publish([note(2)], "k"),
    scene.feed.publish([note(3)], "another"),
  ]);
  expect(mistaken).toMatchObject({ status: "rejected", reason: { code: "usage" } });
  expect(other).toMatchObject({ status: "fulfilled", value: [{ accepted: true, seq: 2 }] });
  expect(scene.feed.replay(0).events.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 3 }]);
});

test("an event that is nested too deeply is refused alone, with a key and without", async () => {
  await using scene = createFeedScene();
  const deep: Record<string, unknown> = {};
  deep["deep"] = deep;
  const events = [note(1), { ...note(2), data: deep }, note(3)];
  for (const key of ["k", "k", undefined]) {
    const [first, second, third] = await scene.feed.publish(events, key);
    expect([first?.accepted, third?.accepted]).toEqual([true, true]);
    expect(second).toEqual({ accepted: false, reason: "data: is nested too deeply" });
  }
  expect(scene.rows("SELECT seq FROM events")).toHaveLength(4);
});

test("a key has a length", async () => {
  await using scene = createFeedScene();
  for (const key of ["", "k".repeat(201)])
    expect(await scene.feed.publish([note(1)], key).catch((error) => error)).toMatchObject({ code: "usage" });
  expect(await scene.feed.publish([note(1)], "k".repeat(200))).toHaveLength(1);
});

test("keys are kept by count and age", async () => {
  let now = NOON;
  await using scene = createFeedScene({ now: () => now, limits: { answers: 3, answerAge: 1_000 } });
  for (const key of ["a", "b", "c", "d"]) await scene.feed.publish([note(1)], key);
  expect(scene.rows("SELECT key FROM answers ORDER BY key")).toEqual([{ key: "b" }, { key: "c" }, { key: "d" }]);
  now += 2_000;
  expect(await scene.feed.publish([note(1)], "d")).toEqual([{ accepted: true, seq: 5 }]);
  expect(scene.rows("SELECT key FROM answers")).toEqual([{ key: "d" }]);
});

test("a payload has a length", async () => {
  await using scene = createFeedScene({ limits: { eventCharacters: 20 } });
  const long = { type: "x", account_id: null, data: { text: "y".repeat(30) } };
  expect(await scene.feed.publish([long, note(1)])).toEqual([
    { accepted: false, reason: "data: is longer than 20 characters of JSON" },
    { accepted: true, seq: 1 },
  ]);
});

test("without other limits a payload has at most 16,384 characters of JSON", async () => {
  await using scene = createFeedScene();
  const long = (characters: number) => ({ ...note(0), data: { t: "x".repeat(characters - '{"t":""}'.length) } });
  expect(await scene.feed.publish([long(16_384), long(16_385)])).toEqual([
    { accepted: true, seq: 1 },
    { accepted: false, reason: "data: is longer than 16384 characters of JSON" },
  ]);
});

test("a replay gives what is newer and kept, without quotes, after a restart as before", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1), quote("A"), note(2), quote("B"), note(3)]);
  const expected = {
    events: [
      { seq: 3, ...note(2) },
      { seq: 5, ...note(3) },
    ],
    hasGap: false,
  };
  expect(scene.feed.replay(2)).toEqual(expected);
  const feed = await scene.reopen();
  expect(feed.replay(2)).toEqual(expected);
  expect(feed.replay(5)).toEqual({ events: [], hasGap: false });
  expect(feed.replay(6)).toEqual({ events: [], hasGap: true });
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
    hasGap: false,
  });
  const { pieces, events, hasGap } = replayAll(scene.feed);
  expect([pieces, hasGap]).toEqual([4, false]);
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
  expect(first).toMatchObject({ hasGap: true, events: { length: 10 } });
  expect(scene.feed.replay(first.events.at(-1)?.seq ?? 0, 10)).toMatchObject({ hasGap: false, events: { length: 10 } });
});

test("events are kept by count, and who asks for older ones hears of the gap", async () => {
  await using scene = createFeedScene({ limits: { events: 100 } });
  for (let n = 1; n <= 250; n += 1) await scene.feed.publish([note(n), quote("A")]);
  const { events, hasGap } = scene.feed.replay(0);
  expect(hasGap).toBeTrue();
  expect(events.length).toBeGreaterThanOrEqual(100);
  expect(events.length).toBeLessThan(105);
  expect(events.at(-1)).toEqual({ seq: 499, ...note(250) });
  const oldest = events[0]?.seq ?? 0;
  // The number before the oldest is a quote's, the one before that an event's that is gone.
  expect(scene.feed.replay(oldest - 2).hasGap).toBeFalse();
  expect(scene.feed.replay(oldest - 3).hasGap).toBeTrue();
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
    hasGap: true,
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

test("a snapshot is the last known state as events, true up to their number", async () => {
  await using scene = createFeedScene();
  const status = { type: "daemon_status", account_id: null, data: { status: "RUNNING", message: "", timestamp: "t" } };
  scene.feed.record(status);
  await scene.feed.publish([
    quote("A", 1),
    order(5, 1),
    order(6, 1),
    position(3, 2),
    position(4, 1, 7002),
    lockout(null),
    lockout("2025-11-04T14:00:00Z", "over", 7002),
    quote("A", 2),
    order(6, 2),
  ]);
  const expected = [status, position(3, 2), position(4, 1, 7002), order(5, 1), lockout(null), quote("A", 2)];
  expect(scene.feed.snapshot()).toEqual(expected.map((event) => ({ seq: 10, ...event })));
  expect(scene.feed.snapshot(7002)).toEqual([status, position(4, 1, 7002)].map((event) => ({ seq: 10, ...event })));
});

test("the state in a snapshot survives a restart, quotes and the daemon's status do not", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([quote("A"), order(5, 1, { type: 2, side: 2 }), position(3, 2), lockout(null)]);
  const feed = await scene.reopen();
  expect(feed.snapshot().map(({ seq: _, ...event }) => event)).toEqual([
    position(3, 2),
    order(5, 1, { type: 2, side: 2 }),
    lockout(null),
  ]);
});

test("so many quotes are remembered, the longest unchanged goes first", async () => {
  await using scene = createFeedScene({ limits: { quotes: 2 } });
  await scene.feed.publish([quote("A"), quote("B"), quote("A"), quote("C")]);
  expect(scene.feed.snapshot().map(({ data }) => data["contractId"])).toEqual(["A", "C"]);
});

test("a snapshot begins with all contracts, of whichever account it is", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([
    contract("C", 1),
    contract("B", 1),
    contract("CON.F.US.MES.Z25", 0.25),
    position(3, 2),
    order(5, 1, { contractId: "B" }),
    order(6, 1, { contractId: "D" }, 7002),
    quote("C", 1, 7002),
  ]);
  const snapshot = (account?: number) => scene.feed.snapshot(account).map(({ seq: _, ...event }) => event);
  const [b, c, mes] = [contract("B", 1), contract("C", 1), contract("CON.F.US.MES.Z25", 0.25)];
  expect(snapshot()).toMatchObject([
    b,
    c,
    mes,
    position(3, 2),
    { data: { id: 5 } },
    { data: { id: 6 } },
    quote("C", 1, 7002),
  ]);
  expect(snapshot(7001)).toMatchObject([b, c, mes, position(3, 2), { data: { id: 5 } }]);
  expect(snapshot(7002)).toMatchObject([b, c, mes, { data: { id: 6 } }, quote("C", 1, 7002)]);
});

describe("a quote without an account", () => {
  const contractId = "CON.F.US.MES.Z25";

  test("a quote without an account goes to each account that holds a position or a working order in its contract, in their order", async () => {
    await using scene = createFeedScene();
    await scene.feed.publish([
      order(1, 1, {}, 7009),
      position(2, 1, 7003),
      position(3, 1, 7009),
      position(4, 1, 7001),
      position(5, 1, 7002),
      position(5, 0, 7002),
      order(6, 1, {}, 7004),
      order(6, 2, {}, 7004),
      order(7, 1, { contractId: "OTHER" }, 7005),
    ]);
    const told: NumberedEvent[] = [];
    scene.feed.subscribe((events) => told.push(...events));
    const log = statSync(`${scene.path}-wal`).size;
    expect(await scene.feed.publish([brokerQuote(contractId), brokerQuote("NOBODY'S"), quote("NOBODY'S")])).toEqual([
      { accepted: true, seq: 12 },
      { accepted: true, seq: null },
      { accepted: true, seq: 13 },
    ]);
    expect(told).toEqual([
      { seq: 10, ...quote(contractId, 100, 7001) },
      { seq: 11, ...quote(contractId, 100, 7003) },
      { seq: 12, ...quote(contractId, 100, 7009) },
      { seq: 13, ...quote("NOBODY'S") },
    ]);
    expect(statSync(`${scene.path}-wal`).size).toBe(log);
    expect(scene.feed.snapshot(7003).at(-1)).toEqual({ seq: 13, ...quote(contractId, 100, 7003) });
    expect(scene.feed.replay(9).events).toEqual([]);
  });

  test("a quote without an account follows what the same call opened and closed before it", async () => {
    await using scene = createFeedScene();
    const answer = await scene.feed.publish([
      brokerQuote(contractId),
      position(1, 1),
      brokerQuote(contractId),
      position(1, 0),
      brokerQuote(contractId),
    ]);
    expect(answer.map((each) => each.accepted && each.seq)).toEqual([null, 1, 2, 3, null]);
  });

  test("a quote without an account gives a repetition under its key the first answer, over a restart, too", async () => {
    await using scene = createFeedScene();
    await scene.feed.publish([position(1, 1)]);
    const events = [brokerQuote(contractId), brokerQuote("NOBODY'S"), "nonsense"];
    const first = await scene.feed.publish(events, "k");
    expect(first).toEqual([
      { accepted: true, seq: 2 },
      { accepted: true, seq: null },
      { accepted: false, reason: "type: is missing" },
    ]);
    await scene.feed.publish([position(1, 0)]);
    expect(await scene.feed.publish(events, "k")).toEqual(first);
    const feed = await scene.reopen();
    expect(await feed.publish(events, "k")).toEqual(first);
    expect(feed.lastSeq).toBe(3);
  });

  test("a quote without an account never has a number that was given out, however many accounts it goes to", async () => {
    await using scene = createFeedScene();
    await scene.feed.publish(Array.from({ length: 30 }, (_, n) => position(n, 1, 7_000 + n)));
    const numbers: number[] = [];
    scene.feed.subscribe((events) => numbers.push(...events.map(({ seq }) => seq)));
    const quotes = Array.from({ length: 100 }, () => brokerQuote(contractId));
    for (let round = 0; round < 8; round += 1) await scene.feed.publish(quotes);
    expect(numbers).toEqual(Array.from({ length: 24_000 }, (_, n) => 31 + n));
    // As after a kill: nobody has closed the first one.
    await using second = createFeedScene({ path: scene.path });
    expect(second.feed.lastSeq).toBeGreaterThanOrEqual(24_030);
  });
});

test("only the owner can read the database and its folder", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1)]);
  expect(modeOf(dirname(scene.path))).toBe(0o700);
  for (const suffix of ["", "-wal", "-shm"]) expect(modeOf(`${scene.path}${suffix}`)).toBe(0o600);
});

test("closing writes what waits, and then nothing is taken any more", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([]);
  const answer = scene.feed.publish([note(1)]);
  scene.feed.record(note(2));
  await scene.feed.close();
  expect(await answer).toEqual([{ accepted: true, seq: 1 }]);
  scene.feed.record(note(3));
  expect(await scene.feed.publish([note(3)]).catch((error) => error)).toMatchObject({ code: "daemon-not-running" });
  expect(scene.feed.lastSeq).toBe(2);
  expect(scene.rows("SELECT seq FROM events")).toHaveLength(2);
});

test("a closed feed opens again: listeners stay, numbers go on, and what another wrote meanwhile is there", async () => {
  await using scene = createFeedScene();
  const heard: NumberedEvent[] = [];
  scene.feed.subscribe((events) => heard.push(...events));
  await scene.feed.publish([note(1), quote("A")]);
  await scene.feed.close();
  expect(() => scene.feed.replay(0)).toThrow("its event database is closed");
  const successor = createFeed({ path: scene.path, loadParser: async () => takeAnything, now: () => NOON, audit() {} });
  await successor.publish([note(2)]);
  await successor.close();
  scene.feed.open();
  await scene.feed.record(note(3));
  expect(heard.map(({ seq }) => seq)).toEqual([1, 2, 4]);
  expect(scene.feed.replay(0).events.map(({ data }) => data["n"])).toEqual([1, 2, 3]);
  expect(scene.messages).toEqual([]);
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

test("a disk that takes nothing: publishers are told, the daemon's own events wait, nothing is half there", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1)]);
  const told: NumberedEvent[] = [];
  scene.feed.subscribe((events) => told.push(...events));
  const blocker = new Database(scene.path);
  blocker.run("BEGIN IMMEDIATE");
  scene.feed.record(note(2));
  const answers = await Promise.allSettled([scene.feed.publish([position(1, 1)]), scene.feed.publish([quote("A")])]);
  for (const answer of answers) expect(answer).toMatchObject({ status: "rejected", reason: { code: "file-unusable" } });
  expect(told).toEqual([]);
  expect(scene.feed.lastSeq).toBe(1);
  expect(scene.feed.snapshot()).toEqual([]);
  blocker.run("ROLLBACK");
  blocker.close();
  await scene.feed.publish([note(3)]);
  await until("both told", () => told.length === 2);
  expect(told).toEqual([
    { seq: 2, ...note(2) },
    { seq: 3, ...note(3) },
  ]);
  expect(scene.messages).toHaveLength(2);
  expect(scene.messages[0]).toContain("database is locked");
  expect(scene.messages[1]).toContain("0 events of the daemon were lost");
});

test("a fault in the middle of a transaction takes all of it back, numbers included", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1)]);
  const saboteur = new Database(scene.path);
  saboteur.run("CREATE TRIGGER t BEFORE INSERT ON positions BEGIN SELECT RAISE(ABORT, 'sabotage'); END");
  const failed = await scene.feed.publish([note(2), position(1, 1), note(3)]).catch((error) => error);
  expect(failed).toMatchObject({ message: "sabotage" });
  expect(scene.messages).toEqual(["ERROR 1 calls of event publishers failed: sabotage"]);
  saboteur.run("DROP TRIGGER t");
  saboteur.close();
  expect(await scene.feed.publish([position(1, 1)])).toEqual([{ accepted: true, seq: 2 }]);
  expect(scene.feed.replay(0).events.map(({ seq }) => seq)).toEqual([1, 2]);
});

test("a folder that cannot be made is said, and quietly worked around", async () => {
  await using scene = createFeedScene({ path: "/dev/null/events.db" });
  expect(scene.feed.lastSeq).toBe(0);
  expect(await scene.feed.publish([note(1)]).catch((error) => error)).toBeInstanceOf(Failure);
  expect(() => scene.feed.replay(0)).toThrow("/dev/null/events.db");
});
