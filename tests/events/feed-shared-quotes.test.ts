import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import type { NumberedEvent } from "../../src/events/event.ts";
import { brokerQuote, createFeedScene, order, position, quote } from "./feed-rig.ts";

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
    expect([...scene.feed.snapshot(7003)].at(-1)).toEqual({ seq: 13, ...quote(contractId, 100, 7003) });
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

  test("one call's quotes become at most 10,000 events, and the others of the call are refused", async () => {
    await using scene = createFeedScene();
    await scene.feed.publish(Array.from({ length: 1_000 }, (_, index) => position(index + 1, 1, 8_000 + index)));
    let told = 0;
    scene.feed.subscribe((events) => {
      told += events.length;
    });
    const answers = await scene.feed.publish(Array.from({ length: 12 }, () => brokerQuote(contractId)));
    expect(answers.map(({ accepted }) => accepted)).toEqual([...new Array(10).fill(true), false, false]);
    expect(answers[10]).toMatchObject({ reason: expect.stringContaining("more than 10000 events") });
    expect(told).toBe(10_000);
    expect(await scene.feed.publish([brokerQuote(contractId)])).toMatchObject([{ accepted: true }]);
  });
});
