import { expect, test } from "bun:test";
import { publishBatch } from "../../../../src/cli/verbs/events/publish-batch.ts";
import { makeEvent } from "../../../api/fake-feed.ts";
import { rejectionOf } from "../../../rig/rejection.ts";
import { startPublishingDaemon } from "./publishing-daemon.ts";

const LONG = 60_000;
const EVENTS = [1, 2].map((n) => JSON.stringify(makeEvent(n)));

test("each batch has a key of its own", async () => {
  using daemon = startPublishingDaemon();
  expect(await publishBatch(daemon.client, EVENTS, LONG)).toEqual([{ seq: 1 }, { seq: 2 }]);
  expect(await publishBatch(daemon.client, [...EVENTS, "5"], LONG)).toEqual([
    { seq: 3 },
    { seq: 4 },
    { index: 2, error: expect.any(String) },
  ]);
  expect(new Set(daemon.feed.keys).size).toBe(2);
});

test("a lost answer is asked for again, and doubles nothing", async () => {
  using daemon = startPublishingDaemon();
  daemon.loseNextAnswer();
  expect(await publishBatch(daemon.client, EVENTS, LONG)).toEqual([{ seq: 1 }, { seq: 2 }]);
  expect(daemon.feed.keys).toHaveLength(2);
  expect(new Set(daemon.feed.keys).size).toBe(1);
  expect(daemon.taken()).toEqual([1, 2]);
});

test("a daemon that is away is waited for, and so is one that is just being replaced", async () => {
  using daemon = startPublishingDaemon();
  daemon.leave();
  const publishing = publishBatch(daemon.client, EVENTS, LONG);
  setTimeout(daemon.comeBack, 50);
  expect(await publishing).toHaveLength(2);
  daemon.refuseNext("handover-failed", "another daemon has just taken over");
  expect(await publishBatch(daemon.client, EVENTS, LONG)).toEqual([{ seq: 3 }, { seq: 4 }]);
});

test("a daemon that stays away is told after the time", async () => {
  using daemon = startPublishingDaemon();
  daemon.leave();
  const failure = await rejectionOf(publishBatch(daemon.client, EVENTS, 100));
  expect([failure.code, failure.message, failure.hint]).toEqual([
    "timed-out",
    `the daemon was not to be reached for 0.1 s: no daemon runs for ${daemon.home}`,
    "start one with: wpdaemon start",
  ]);
});

test("what the daemon refuses is not asked for again", async () => {
  using daemon = startPublishingDaemon();
  daemon.refuseNext("file-unusable", "the disk is full");
  const failure = await rejectionOf(publishBatch(daemon.client, EVENTS, LONG));
  expect([failure.code, failure.message]).toEqual(["file-unusable", "the disk is full"]);
  expect(daemon.feed.keys).toEqual([]);
});
