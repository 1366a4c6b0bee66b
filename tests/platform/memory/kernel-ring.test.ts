import { expect, test } from "bun:test";
import { availableParallelism, release } from "node:os";
import { join } from "node:path";
import { openKernelRing } from "../../../src/platform/memory/kernel-ring.ts";
import { mapMemory } from "./mapped-memory.ts";

const SOURCES = join(import.meta.dir, "../../../src/platform");
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
  "the kernel's thread for the calls ends some seconds after them or after later ones: one that stays wakes up for ever",
  async () => {
    // A process of its own: the thread is shared by all rings of a process.
    const script = `
      import { readdirSync } from "node:fs";
      import { readTextIfThere } from ${JSON.stringify(`${SOURCES}/files/files.ts`)};
      import { openKernelRing } from ${JSON.stringify(`${SOURCES}/memory/kernel-ring.ts`)};
      const isThere = () => readdirSync("/proc/self/task").some((thread) =>
        readTextIfThere(\`/proc/self/task/\${thread}/comm\`)?.startsWith("iou-wrk"));
      const ring = openKernelRing();
      const call = () => ring.submit([{ operation: ${MADVISE}, address: 0, length: 0, extra: ${MADV_DONTNEED} }]);
      call();
      while (!isThere()) await Bun.sleep(5);
      console.log("came");
      for (let look = 1; isThere(); look++) {
        await Bun.sleep(100);
        // One that was made while the processors were exchanged ends after the next calls.
        if (look % 80 === 0) call();
      }
      console.log("went");`;
    await using child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", timeout: 60_000 });
    expect([await child.stdout.text(), await child.exited]).toEqual(["came\nwent\n", 0]);
  },
);
