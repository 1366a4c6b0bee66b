import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { join } from "node:path";
import { libc } from "../../../src/platform/libc.ts";
import type { Advice } from "../../../src/platform/memory/late-advice.ts";
import { type IdleTrim, startIdleTrim } from "../../../src/platform/memory/memory-trim.ts";

const MADV_DONTNEED = 4;
const MODULE = join(import.meta.dir, "../../../src/platform/memory/memory-trim.ts");

const onLinux = test.skipIf(process.platform !== "linux");

/** How often advice had been given when others were asked to give back theirs. */
const rests: number[] = [];
let trim: IdleTrim | undefined;
const advised: (readonly Advice[])[] = [];

beforeEach(() => {
  jest.useFakeTimers();
  advised.length = 0;
  rests.length = 0;
});
afterEach(() => {
  trim?.stop();
  jest.useRealTimers();
});

/** Whether anything was trimmed while `milliseconds` went by. */
function trimsWithin(milliseconds: number): boolean {
  advised.length = 0;
  jest.advanceTimersByTime(milliseconds);
  return advised.length > 0;
}

function start(): IdleTrim {
  return startIdleTrim({
    onRest: () => void rests.push(advised.length),
    advise: (pieces) => void advised.push(pieces),
  });
}

onLinux("an idle process is trimmed 3, 4 and 18 s after the last request, and never again", () => {
  trim = start();
  expect([trimsWithin(2_990), trimsWithin(20)]).toEqual([false, true]);
  expect([trimsWithin(980), trimsWithin(20)]).toEqual([false, true]);
  expect([trimsWithin(13_980), trimsWithin(20)]).toEqual([false, true]);
  expect(trimsWithin(3_600_000)).toBe(false);
  expect(jest.getTimerCount()).toBe(0);
});

onLinux("others give back theirs in each pass, before it looks at what there is", () => {
  trim = start();
  jest.advanceTimersByTime(60_000);
  expect(rests).toEqual([0, 1, 2]);
  expect(advised.length).toBe(3);
});

onLinux("a request starts the passes anew, before the first and after the last", () => {
  trim = start();
  jest.advanceTimersByTime(2_000);
  trim.touch();
  expect([trimsWithin(2_990), trimsWithin(20)]).toEqual([false, true]);
  jest.advanceTimersByTime(60_000);
  trim.touch();
  expect([trimsWithin(2_990), trimsWithin(20)]).toEqual([false, true]);
});

onLinux("a request between two passes does not have to wait for the later one", () => {
  trim = start();
  jest.advanceTimersByTime(4_100);
  trim.touch();
  expect([trimsWithin(2_990), trimsWithin(20)]).toEqual([false, true]);
});

onLinux("a thousand requests cost one timer", () => {
  trim = start();
  for (let count = 0; count < 1_000; count++) trim.touch();
  expect(jest.getTimerCount()).toBe(1);
});

onLinux("what a look paged in is dropped, once for several, and not before the first pass", () => {
  trim = start();
  trim.afterLook();
  expect(advised).toEqual([]);
  jest.advanceTimersByTime(60_000);
  const last = advised.at(-1) ?? [];
  advised.length = 0;
  trim.afterLook();
  trim.afterLook();
  const largeCode = last.filter(({ advice, length }) => advice === MADV_DONTNEED && length >= 1_048_576);
  expect(largeCode.length).toBeGreaterThan(0);
  expect(advised).toEqual([largeCode]);
  jest.advanceTimersByTime(8_000);
  trim.afterLook();
  expect(advised).toHaveLength(2);
  expect(jest.getTimerCount()).toBe(0);
});

onLinux("after stop nothing is trimmed", () => {
  trim = start();
  trim.stop();
  expect(trimsWithin(60_000)).toBe(false);
});

onLinux("no page that may hold data is dropped: the process works on as before", async () => {
  const before = workload();
  trim = start();
  jest.advanceTimersByTime(60_000);
  jest.useRealTimers();
  const pieces = advised.at(-1) ?? [];
  expect(pieces.filter(({ advice }) => advice === MADV_DONTNEED).length).toBeGreaterThan(2);
  for (const { start, length, advice } of pieces) expect(libc().madvise(start, length, advice)).toBe(0);
  expect(workload()).toBe(before);
  const child = Bun.spawn(["echo", "alive"], { stdout: "pipe" });
  expect(await child.stdout.text()).toBe("alive\n");
  expect(await Bun.file(import.meta.path).text()).toContain("works on as before");
});

onLinux("where no descriptor is free, nothing is trimmed, and nothing fails", async () => {
  const script = `
    import { openSync } from "node:fs";
    import { startIdleTrim } from "${MODULE}";
    startIdleTrim({ advise(pieces) {
      console.log("pieces", pieces.length);
      process.exit(0);
    } });
    setInterval(() => {}, 1_000);
    try { for (;;) openSync("/dev/null"); } catch (error) { console.log(error.code); }`;
  const child = Bun.spawn(["sh", "-c", 'ulimit -n 64 && exec "$0" -e "$1"', process.execPath, script], {
    stdout: "pipe",
  });
  expect(await child.stdout.text()).toBe("EMFILE\npieces 0\n");
});

/** Touches the heap, compiled code, the C++ runtime and its tables. */
function workload(): string {
  const words = Array.from({ length: 20_000 }, (_, number) => ({ number, word: `wörd ${number}`.normalize("NFD") }));
  const text = JSON.stringify(words.sort((one, other) => one.word.localeCompare(other.word)));
  return new Bun.CryptoHasher("sha256").update(text.replace(/\d+/gu, (digits) => `${digits}!`)).digest("hex");
}
