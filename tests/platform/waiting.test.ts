import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { onAbort, pause, settlesWithin, whenAborted, within } from "../../src/platform/waiting.ts";
import { turn } from "../rig/event-loop.ts";
import { errorOf } from "../rig/rejection.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("pause", () => {
  test("a pause lasts as long as it is told, and leaves no timer", async () => {
    let over = false;
    const pausing = pause(1_000).then(() => {
      over = true;
    });
    jest.advanceTimersByTime(999);
    await turn();
    expect(over).toBe(false);
    jest.advanceTimersByTime(1);
    await pausing;
    expect(jest.getTimerCount()).toBe(0);
  });

  test("a pause ends at once when its signal aborts, and leaves no timer", async () => {
    const end = new AbortController();
    const pausing = pause(60_000, end.signal);
    end.abort();
    await pausing;
    expect(jest.getTimerCount()).toBe(0);
  });

  test("a pause does not begin where its signal has aborted already", async () => {
    await pause(60_000, AbortSignal.abort());
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe("settlesWithin", () => {
  test("settlesWithin is true for a promise that settles in time, either way, and leaves no timer", async () => {
    const answers = [settlesWithin(Promise.resolve(), 60_000), settlesWithin(Promise.reject(new Error("no")), 60_000)];
    expect(await Promise.all(answers)).toEqual([true, true]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("settlesWithin is false for one that does not, and leaves no timer", async () => {
    const answer = settlesWithin(new Promise(() => undefined), 1_000);
    jest.advanceTimersByTime(1_000);
    expect(await answer).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("a rejection that comes too late is nobody's fault", async () => {
    const late = Promise.withResolvers<void>();
    const answer = settlesWithin(late.promise, 10);
    jest.advanceTimersByTime(10);
    expect(await answer).toBe(false);
    late.reject(new Error("too late"));
    await turn();
  });
});

test("whenAborted resolves when its signal aborts, at once where it has, and not before", async () => {
  await whenAborted(AbortSignal.abort());
  const end = new AbortController();
  let aborted = false;
  const waiting = whenAborted(end.signal).then(() => {
    aborted = true;
  });
  await turn();
  expect(aborted).toBe(false);
  end.abort();
  await waiting;
});

test("onAbort acts when its signal aborts, and at once where it has", () => {
  const end = new AbortController();
  let acts = 0;
  onAbort(end.signal, () => void acts++);
  expect(acts).toBe(0);
  end.abort();
  expect(acts).toBe(1);
  onAbort(end.signal, () => void acts++);
  expect(acts).toBe(2);
});

test("onAbort does not act once it is disposed of", () => {
  const end = new AbortController();
  onAbort(end.signal, () => expect.unreachable())[Symbol.dispose]();
  end.abort();
});

test("within gives what a promise gives in time, either way, and throws what is said where it is late", async () => {
  const late = () => new Error("late");
  expect(await within(Promise.resolve(1), 60_000, late)).toBe(1);
  expect((await errorOf(within(Promise.reject(new Error("no")), 60_000, late))).message).toBe("no");
  const tooLate = errorOf(within(new Promise(() => undefined), 1_000, late));
  jest.advanceTimersByTime(1_000);
  expect((await tooLate).message).toBe("late");
});
