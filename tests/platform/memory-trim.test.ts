import { afterEach, beforeEach, expect, jest, spyOn, test } from "bun:test";
import { libc } from "../../src/platform/libc.ts";
import { type IdleTrim, startIdleTrim } from "../../src/platform/memory-trim.ts";

const onLinux = test.skipIf(process.platform !== "linux");

let trim: IdleTrim | undefined;
const madvise = spyOn(libc(), "madvise");

beforeEach(() => {
  jest.useFakeTimers();
  madvise.mockClear();
});
afterEach(() => {
  trim?.stop();
  jest.useRealTimers();
});

/** Whether anything was trimmed while `milliseconds` went by. */
function trimsWithin(milliseconds: number): boolean {
  madvise.mockClear();
  jest.advanceTimersByTime(milliseconds);
  return madvise.mock.calls.length > 0;
}

onLinux("an idle process is trimmed 3, 4 and 18 s after the last request, and never again", () => {
  trim = startIdleTrim();
  expect([trimsWithin(2_990), trimsWithin(20)]).toEqual([false, true]);
  expect([trimsWithin(980), trimsWithin(20)]).toEqual([false, true]);
  expect([trimsWithin(13_980), trimsWithin(20)]).toEqual([false, true]);
  expect(trimsWithin(3_600_000)).toBe(false);
  expect(jest.getTimerCount()).toBe(0);
});

onLinux("a request starts the passes anew, before the first and after the last", () => {
  trim = startIdleTrim();
  jest.advanceTimersByTime(2_000);
  trim.touch();
  expect([trimsWithin(2_990), trimsWithin(20)]).toEqual([false, true]);
  jest.advanceTimersByTime(60_000);
  trim.touch();
  expect([trimsWithin(2_990), trimsWithin(20)]).toEqual([false, true]);
});

onLinux("a request between two passes does not have to wait for the later one", () => {
  trim = startIdleTrim();
  jest.advanceTimersByTime(4_100);
  trim.touch();
  expect([trimsWithin(2_990), trimsWithin(20)]).toEqual([false, true]);
});

onLinux("a thousand requests cost one timer", () => {
  trim = startIdleTrim();
  for (let count = 0; count < 1_000; count++) trim.touch();
  expect(jest.getTimerCount()).toBe(1);
});

onLinux("what a look paged in is dropped 100 ms after it, once for several, and not before the first pass", () => {
  trim = startIdleTrim();
  trim.afterLook();
  expect(trimsWithin(2_000)).toBe(false);
  jest.advanceTimersByTime(60_000);
  trim.afterLook();
  trim.afterLook();
  expect(jest.getTimerCount()).toBe(1);
  expect([trimsWithin(90), trimsWithin(20), trimsWithin(10_000)]).toEqual([false, true, false]);
});

onLinux("after stop nothing is trimmed", () => {
  trim = startIdleTrim();
  trim.stop();
  expect(trimsWithin(60_000)).toBe(false);
});

onLinux("no page that may hold data is dropped: the process works on as before", async () => {
  const before = workload();
  trim = startIdleTrim();
  expect(trimsWithin(60_000)).toBe(true);
  jest.useRealTimers();
  expect(workload()).toBe(before);
  const child = Bun.spawn(["echo", "alive"], { stdout: "pipe" });
  expect(await child.stdout.text()).toBe("alive\n");
  expect(await Bun.file(import.meta.path).text()).toContain("works on as before");
});

/** Touches the heap, compiled code, the C++ runtime and its tables. */
function workload(): string {
  const words = Array.from({ length: 20_000 }, (_, number) => ({ number, word: `wörd ${number}`.normalize("NFD") }));
  const text = JSON.stringify(words.sort((one, other) => one.word.localeCompare(other.word)));
  return new Bun.CryptoHasher("sha256").update(text.replace(/\d+/gu, (digits) => `${digits}!`)).digest("hex");
}
