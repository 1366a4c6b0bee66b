import { expect, test } from "bun:test";
import type { EventLine } from "../../../../src/cli/verbs/events/event-lines.ts";
import { gatherBatches } from "../../../../src/cli/verbs/events/gather-batches.ts";
import { until } from "../../../rig/until.ts";

const LONG = 60_000;

test("a batch goes when it has its lines, and the rest at the end", async () => {
  const limits = { lines: 3, bytes: 1_000, milliseconds: LONG };
  expect(await gather(limits, [lines(1, 2), lines(3, 4, 5, 6, 7), lines(8)])).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8],
  ]);
  expect(await gather(limits, [])).toEqual([]);
});

test("a batch goes when it has its bytes; a line that exceeds them goes alone, and faults have none", async () => {
  const limits = { lines: 100, bytes: 25, milliseconds: LONG };
  const large: EventLine = { number: 4, json: "", bytes: 26 };
  const fault: EventLine = { number: 7, fault: "" };
  expect(await gather(limits, [[...lines(1, 2, 3), large, ...lines(5, 6), fault]])).toEqual([
    [1, 2],
    [3],
    [4],
    [5, 6, 7],
  ]);
});

test("the usual limits are 200 lines and 64 KiB", async () => {
  const many = Array.from({ length: 450 }, (_, index) => index);
  expect((await gather(undefined, [lines(...many)])).map((batch) => batch.length)).toEqual([200, 200, 50]);
  const large = many.slice(0, 5).map((number): EventLine => ({ number, json: "", bytes: 32 * 1024 }));
  expect((await gather(undefined, [large])).map((batch) => batch.length)).toEqual([2, 2, 1]);
});

test("a line that has waited its time goes without the others", async () => {
  const input = startInput();
  const batches = gatherBatches(input.reads(), { lines: 100, bytes: 1_000, milliseconds: 10 });
  input.give(lines(1));
  expect(numbersOf((await batches.next()).value)).toEqual([1]);
  input.give(lines(2, 3));
  expect(numbersOf((await batches.next()).value)).toEqual([2, 3]);
  input.end();
  expect((await batches.next()).done).toBe(true);
});

test("while the caller is busy with a batch, one read is taken ahead and no more", async () => {
  const input = startInput();
  for (let n = 1; n <= 10; n++) input.give(lines(n));
  const batches = gatherBatches(input.reads(), { lines: 1, bytes: 1_000, milliseconds: LONG });
  expect(numbersOf((await batches.next()).value)).toEqual([1]);
  await until("it has read ahead", () => input.asked() === 3);
  // Whatever more it would ask for, it would have asked for by the time that a timer runs.
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(input.asked()).toBe(3);
});

test("an input that fails does so after what it gave, even while nobody asks", async () => {
  async function* failing() {
    yield lines(1, 2);
    throw new Error("the input is gone");
  }
  const batches = gatherBatches(failing(), { lines: 1, bytes: 1_000, milliseconds: LONG });
  expect(numbersOf((await batches.next()).value)).toEqual([1]);
  await new Promise((resolve) => setTimeout(resolve, 0));
  await expect(batches.next()).rejects.toThrow("the input is gone");
});

async function gather(limits: Parameters<typeof gatherBatches>[1], reads: readonly (readonly EventLine[])[]) {
  async function* give() {
    yield* reads;
  }
  return (await Array.fromAsync(gatherBatches(give(), limits))).map(numbersOf);
}

/** Of ten bytes each. */
function lines(...numbers: readonly number[]): readonly EventLine[] {
  return numbers.map((number) => ({ number, json: "", bytes: 10 }));
}

function numbersOf(batch: readonly EventLine[] | undefined): readonly number[] {
  return (batch ?? []).map(({ number }) => number);
}

/** An input that gives what the test has for it, when it has it. */
function startInput() {
  const waiting: (readonly EventLine[] | undefined)[] = [];
  let news = Promise.withResolvers<void>();
  let asked = 0;
  const put = (read: readonly EventLine[] | undefined) => {
    waiting.push(read);
    news.resolve();
  };
  return {
    give: put,
    end: () => put(undefined),
    asked: () => asked,
    async *reads() {
      for (;;) {
        asked++;
        while (waiting.length === 0) {
          news = Promise.withResolvers();
          await news.promise;
        }
        const read = waiting.shift();
        if (read === undefined) return;
        yield read;
      }
    },
  };
}
