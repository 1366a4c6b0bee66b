import { expect, test } from "bun:test";
import { createFeedScene, NOON, note, trade } from "./feed-rig.ts";

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
