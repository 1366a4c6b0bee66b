import { afterEach, expect, jest, test } from "bun:test";
import { createCommitQueue } from "../../../src/events/store/commit-queue.ts";
import type { Call } from "../../../src/events/store/store.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { turn } from "../../rig/event-loop.ts";
import { note } from "../feed-rig.ts";

afterEach(() => void jest.useRealTimers());

test("one transaction takes 1,000 events, and the others are written in the next turn", async () => {
  const rig = createRig();
  await Promise.all(Array.from({ length: 1_001 }, () => rig.queue.publish(call())));
  expect(rig.written).toEqual([1_000, 1]);
});

test("while the disk takes nothing, the latest 1,000 calls of the daemon are kept, and the others said to be lost", async () => {
  const rig = createRig();
  rig.isFull = true;
  await Promise.all(Array.from({ length: 1_001 }, () => rig.queue.leave(call())));
  rig.isFull = false;
  rig.queue.finish();
  expect(rig.written).toEqual([1_000]);
  expect(rig.messages.join("\n")).toContain("1 events of the daemon were lost meanwhile");
});

test("what the disk refused is tried again after five seconds", async () => {
  jest.useFakeTimers();
  const rig = createRig();
  rig.isFull = true;
  rig.queue.postpone(call());
  rig.queue.writePostponed();
  rig.isFull = false;
  jest.advanceTimersByTime(4_999);
  expect([jest.getTimerCount(), rig.written]).toEqual([1, []]);
  jest.advanceTimersByTime(1);
  jest.useRealTimers();
  await turn();
  expect(rig.written).toEqual([1]);
});

function createRig() {
  const written: number[] = [];
  const messages: string[] = [];
  const rig = {
    /** How many calls each transaction took. */
    written,
    messages,
    isFull: false,
    queue: createCommitQueue({
      write(calls) {
        if (rig.isFull) throw new Failure("file-unusable", "the disk is full");
        written.push(calls.length);
        return { answers: calls.map(() => []), events: [] };
      },
      announce: () => undefined,
      audit: (category, message) => void messages.push(`${category} ${message}`),
    }),
  };
  return rig;
}

function call(): Call {
  return { events: [{ event: note(1), body: "{}" }] };
}
