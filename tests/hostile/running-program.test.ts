import { afterAll, beforeAll, expect, test } from "bun:test";
import { FILE_FUZZERS } from "../fuzz/files.ts";
import { createRandom, SEED } from "../fuzz/random.ts";
import { fuzzDoor } from "../fuzz/running-program.ts";
import { openWorld, type World } from "./world.ts";

/** For each door and each kind of file; `make soak` takes an hour. */
const ENOUGH_MS = 1_000;

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.useHonestly();
});
afterAll(() => world[Symbol.asyncDispose]());

test("whatever comes to a door of the running program, it serves an honest user and keeps nothing", async () => {
  for (const door of world.doors) {
    const began = performance.now();
    expect(await fuzzDoor(world, door, SEED, () => performance.now() - began > ENOUGH_MS)).toBeGreaterThan(0);
  }
});

test.each(Object.entries(FILE_FUZZERS))(
  "whatever stands in %s, the running program makes sense of it or says what is wrong",
  async (_, fuzz) => {
    const began = performance.now();
    for (let run = 0; performance.now() - began < ENOUGH_MS; run += 1) {
      const seed = SEED + run;
      await fuzz(createRandom(seed)).catch((cause) => {
        throw new Error(`FUZZ_SEED=${seed}`, { cause });
      });
    }
  },
);
