import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import type { NumberedEvent } from "../../src/events/event.ts";
import { Failure } from "../../src/platform/failure.ts";
import { until } from "../rig/until.ts";
import { createFeedScene, note, position, quote } from "./feed-rig.ts";

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
  expect([...scene.feed.snapshot()]).toEqual([]);
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
