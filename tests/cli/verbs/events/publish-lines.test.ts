import { expect, test } from "bun:test";
import { type LineResult, publishLines } from "../../../../src/cli/verbs/events/publish-lines.ts";
import { makeEvent } from "../../../api/fake-feed.ts";
import { rejectionOf } from "../../../rig/rejection.ts";
import { startPublishingDaemon } from "./publishing-daemon.ts";

test("every line has its result, in order, and what is no JSON never reaches the daemon", async () => {
  using daemon = startPublishingDaemon();
  const input = [line(1), "{", "", "5", line(2), ""].join("\n");
  const { results, tell } = collect();
  expect(await publishLines(daemon.client, streamOf(input), tell)).toEqual({ accepted: 2, rejected: 2 });
  expect(results).toEqual([
    { line: 1, seq: 1 },
    { line: 2, error: expect.stringContaining("no JSON") },
    { line: 4, error: expect.any(String) },
    { line: 5, seq: 2 },
  ]);
  expect([daemon.taken(), daemon.batches]).toEqual([[1, 2], [3]]);
});

test("an event that is spread over lines is one", async () => {
  using daemon = startPublishingDaemon();
  const { results, tell } = collect();
  const input = `${JSON.stringify(JSON.parse(line(1)), null, 2)}\n\n${JSON.stringify(JSON.parse(line(2)), null, "\t")}`;
  expect(await publishLines(daemon.client, streamOf(input), tell)).toEqual({ accepted: 2, rejected: 0 });
  expect(daemon.taken()).toEqual([1, 2]);
  expect(results.map((result) => result.line)).toEqual([1, expect.any(Number)]);
});

test("a quote that nobody was told of is accepted, and has no number", async () => {
  const { results, tell } = collect();
  const control = { publish: async () => ({ accepted: 2, results: [{ seq: null }, { seq: 7 }] }) };
  expect(await publishLines(control, streamOf(`${line(1)}\n${line(2)}\n`), tell)).toEqual({ accepted: 2, rejected: 0 });
  expect(results).toEqual([
    { line: 1, seq: null },
    { line: 2, seq: 7 },
  ]);
});

test("an input without an event asks the daemon nothing", async () => {
  using daemon = startPublishingDaemon();
  const { results, tell } = collect();
  expect(await publishLines(daemon.client, streamOf("\nx\n"), tell)).toEqual({ accepted: 0, rejected: 1 });
  expect([results.length, daemon.batches]).toEqual([1, []]);
});

test("a long input goes in batches, in order and once, over lost answers", async () => {
  using daemon = startPublishingDaemon();
  const numbers = Array.from({ length: 1_050 }, (_, n) => n);
  daemon.loseNextAnswer();
  const tally = await publishLines(daemon.client, streamOf(numbers.map((n) => `${line(n)}\n`).join("")), (results) => {
    if (results.some((result) => result.line === 400)) daemon.loseNextAnswer();
  });
  expect(tally).toEqual({ accepted: 1_050, rejected: 0 });
  expect(daemon.taken()).toEqual(numbers);
  expect(daemon.batches).toEqual([200, 200, 200, 200, 200, 200, 200, 50]);
});

test("a loss tells how many were acknowledged and which lines were not, and lets go of the input", async () => {
  using daemon = startPublishingDaemon();
  const { results, tell } = collect();
  let isCancelled = false;
  const input = new ReadableStream<Uint8Array>({
    start(controller) {
      const text = Array.from({ length: 399 }, (_, n) => line(n)).join("\n");
      controller.enqueue(new TextEncoder().encode(`${text}\nno JSON\n${line(400)}\n`));
    },
    cancel() {
      isCancelled = true;
    },
  });
  const leaveAfterFirst = (batch: readonly LineResult[]) => {
    tell(batch);
    daemon.leave();
  };
  const failure = await rejectionOf(publishLines(daemon.client, input, leaveAfterFirst, 50));
  expect(failure.code).toBe("timed-out");
  expect(failure.message).toStartWith(
    "events acknowledged: 200; lines 201 to 400 are not, and nothing after: the daemon was not to be reached for 0.05 s",
  );
  expect(results.slice(199, 201)).toEqual([
    { line: 200, seq: 200 },
    { line: 201, lost: expect.stringContaining("not to be reached") },
  ]);
  expect(results.at(-1)).toEqual({ line: 400, error: expect.stringContaining("no JSON") });
  expect(isCancelled).toBe(true);
});

test("an input that breaks off is told, after what came before", async () => {
  using daemon = startPublishingDaemon();
  const input = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (daemon.batches.length === 0) controller.enqueue(new TextEncoder().encode(`${line(1)}\n`));
      else controller.error(new Error("the input is gone"));
    },
  });
  await expect(publishLines(daemon.client, input, () => {})).rejects.toThrow("the input is gone");
});

function line(n: number): string {
  return JSON.stringify(makeEvent(n));
}

function streamOf(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream();
}

function collect() {
  const results: LineResult[] = [];
  return { results, tell: (batch: readonly LineResult[]) => void results.push(...batch) };
}
