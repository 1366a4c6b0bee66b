import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { NumberedEvent } from "../../src/events/event.ts";
import { createFeed } from "../../src/events/feed.ts";
import { modeOf } from "../rig/mode-of.ts";
import { brokerQuote, createFeedScene, NOON, note, position, quote, takeAnything } from "./feed-rig.ts";

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
  expect(scene.feed.replay(0)).toEqual({ events: [] });
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

test("a quote with an account is taken, however many accounts the others of the call are for", async () => {
  await using scene = createFeedScene();
  const holders = Array.from({ length: 10_000 }, (_, index) => position(index + 1, 1, index + 1));
  for (let at = 0; at < holders.length; at += 1_000) await scene.feed.publish(holders.slice(at, at + 1_000));
  const held = "CON.F.US.MES.Z25";
  const answer = await scene.feed.publish([brokerQuote(held), brokerQuote(held), quote(held)]);
  expect(answer.map(({ accepted }) => accepted)).toEqual([true, false, true]);
});

test("a call of another publisher is answered while the many events of one are still being checked", async () => {
  const slowly = (input: unknown) => {
    const began = performance.now();
    while (performance.now() - began < 1);
    return takeAnything(input);
  };
  await using scene = createFeedScene({ loadParser: async () => slowly });
  const order: string[] = [];
  const many = scene.feed
    .publish(Array.from({ length: 100 }, (_, number) => note(number)))
    .then(() => order.push("many"));
  const one = scene.feed.publish([note(1)]).then(() => order.push("one"));
  await Promise.all([many, one]);
  expect(order).toEqual(["one", "many"]);
});
