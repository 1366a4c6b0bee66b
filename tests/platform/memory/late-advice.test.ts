import { afterEach, expect, jest, test } from "bun:test";
import type { KernelCall } from "../../../src/platform/memory/kernel-ring.ts";
import { createLateAdviser } from "../../../src/platform/memory/late-advice.ts";
import { until } from "../../rig/until.ts";
import { mapMemory } from "./mapped-memory.ts";

const MADV_DONTNEED = 4;
const onLinux = test.skipIf(process.platform !== "linux");

afterEach(() => {
  jest.useRealTimers();
});

onLinux("advice is taken, but not at once", async () => {
  const memory = mapMemory();
  memory.bytes.fill(1);
  createLateAdviser()([{ ...memory, advice: MADV_DONTNEED }], [100]);
  expect(memory.bytes[0]).toBe(1);
  await until("it is taken", () => memory.bytes.every((byte) => byte === 0));
});

test("the kernel is asked to wait and to take each piece, once for each delay", () => {
  const submitted: KernelCall[] = [];
  const advise = createLateAdviser(() => ({
    submit(calls) {
      submitted.push(...calls);
      return true;
    },
  }));
  advise(
    [
      { start: 4_096, length: 8_192, advice: MADV_DONTNEED },
      { start: 16_384, length: 4_096, advice: 21 },
    ],
    [100, 1_100, 20_000],
  );
  const pieces = [
    { operation: 25, address: 4_096, length: 8_192, extra: MADV_DONTNEED },
    { operation: 25, address: 16_384, length: 4_096, extra: 21 },
  ];
  const wait = { operation: 11, address: expect.any(Number), length: 1, extra: 0 };
  expect(submitted).toEqual([wait, ...pieces, wait, ...pieces, wait, ...pieces]);
});

onLinux.each([
  ["is no ring", () => undefined],
  ["is one that takes nothing", () => ({ submit: () => false })],
])("where there %s, a timer gives the last advice, once", (_, open) => {
  jest.useFakeTimers();
  const memory = mapMemory();
  memory.bytes.fill(1);
  const advise = createLateAdviser(open);
  advise([{ ...memory, advice: MADV_DONTNEED }], [100, 1_100]);
  advise([{ ...memory, advice: MADV_DONTNEED }], [100, 1_100]);
  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(90);
  expect(memory.bytes[0]).toBe(1);
  jest.advanceTimersByTime(20);
  expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
});
