import { expect, test } from "bun:test";
import { type Backlog, createBacklog } from "../../../src/api/stream/backlog.ts";
import { writeEvent } from "../../../src/api/stream/outgoing-event.ts";
import type { WireEvent } from "../../../src/events/event.ts";
import { bulky, cleared, quote } from "./sample-events.ts";

const numbered = (seq: number, event: WireEvent) => writeEvent({ seq, ...event });

function takeAll(backlog: Backlog, below = Number.POSITIVE_INFINITY): readonly number[] {
  const taken: number[] = [];
  for (let message = backlog.takeBelow(below); message; message = backlog.takeBelow(below))
    taken.push(message.event.seq);
  return taken;
}

test("what waits comes out in the order in which it happened, each once", () => {
  const backlog = createBacklog();
  for (const seq of [1, 2, 3]) backlog.add(numbered(seq, cleared(seq)));
  expect(takeAll(backlog)).toEqual([1, 2, 3]);
  expect([takeAll(backlog), backlog.size]).toEqual([[], 0]);
});

test("a newer quote takes the place of the older one of its account and contract, and no other's", () => {
  const backlog = createBacklog();
  const replaced = [quote(1, "a", 5), quote(2, "a", 5), quote(1, "b", 5), cleared(1), quote(1, "a", 6)].map(
    (event, index) => backlog.add(numbered(index + 1, event)),
  );
  expect(replaced).toEqual([false, false, false, false, true]);
  expect(takeAll(backlog)).toEqual([2, 3, 4, 5]);
});

test("only what is below a number is taken", () => {
  const backlog = createBacklog();
  for (const seq of [3, 5, 8]) backlog.add(numbered(seq, quote(seq, "a", 1)));
  expect([takeAll(backlog, 3), takeAll(backlog, 6), takeAll(backlog)]).toEqual([[], [3, 5], [8]]);
});

test("it is overfull beyond 1,000 events, and no longer once some are gone; quotes are none of them", () => {
  const backlog = createBacklog();
  for (let seq = 1; seq <= 1_000; seq += 1) backlog.add(numbered(seq, cleared(1)));
  for (let seq = 1_001; seq <= 1_100; seq += 1) backlog.add(numbered(seq, quote(seq, "a", 1)));
  expect(backlog.isOverfull).toBe(false);
  backlog.add(numbered(2_000, cleared(1)));
  expect(backlog.isOverfull).toBe(true);
  backlog.takeBelow(2);
  expect(backlog.isOverfull).toBe(false);
});

test("it is overfull beyond 4 MiB, whatever they are made of", () => {
  const backlog = createBacklog();
  for (let seq = 1; seq <= 41; seq += 1) backlog.add(numbered(seq, bulky(1, 100_000)));
  expect(backlog.isOverfull).toBe(false);
  backlog.add(numbered(42, quote(1, "a", 1, "x".repeat(100_000))));
  expect(backlog.isOverfull).toBe(true);
  backlog.add(numbered(43, quote(1, "a", 2)));
  expect(backlog.isOverfull).toBe(false);
});
