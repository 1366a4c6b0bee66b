import { expect, test } from "bun:test";
import { openKernelRing } from "../../../src/platform/memory/kernel-ring.ts";
import { mapMemory } from "./mapped-memory.ts";

const MADVISE = 25;
const MADV_DONTNEED = 4;

const ring = process.platform === "linux" ? openKernelRing() : undefined;

test.skipIf(ring === undefined)(
  "a chain is worked off while we do nothing, and goes on after a call that fails",
  () => {
    const memory = mapMemory();
    const call = { operation: MADVISE, address: memory.start, length: memory.length, extra: MADV_DONTNEED };
    // More often than the ring has entries: it goes round.
    for (let round = 0; round < 100; round++) {
      memory.bytes.fill(1);
      expect(ring?.submit([{ ...call, address: 1 }, call])).toBe(true);
      for (let wait = 0; wait < 60_000 && memory.bytes[0] !== 0; wait++) Bun.sleepSync(1);
      expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
    }
  },
);
