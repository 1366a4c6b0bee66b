import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { readTextIfThere } from "../../../src/platform/files/files.ts";
import { openKernelRing } from "../../../src/platform/memory/kernel-ring.ts";
import { until } from "../../rig/until.ts";
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

/** Older ones keep the thread wherever it is. */
const endsThreads = Bun.semver.order(release().split("-", 1)[0] ?? "", "6.5.0") >= 0;

test.skipIf(ring === undefined || availableParallelism() < 2 || !endsThreads)(
  "the kernel's thread for the calls ends some seconds after them: one that stays wakes up for ever",
  async () => {
    const memory = mapMemory();
    ring?.submit([{ operation: MADVISE, address: memory.start, length: memory.length, extra: MADV_DONTNEED }]);
    await until("there is one", () => threads("iou-wrk").length > 0);
    await until("there is none", () => threads("iou-wrk").length === 0);
  },
);

/** Those of this process whose name begins so; one may end between the listing and the look. */
function threads(name: string): readonly string[] {
  const names = readdirSync("/proc/self/task").map((thread) => readTextIfThere(`/proc/self/task/${thread}/comm`) ?? "");
  return names.filter((found) => found.startsWith(name));
}
