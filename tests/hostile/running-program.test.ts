import { afterAll, beforeAll, expect, test } from "bun:test";
import { FILE_FUZZERS } from "../fuzz/files.ts";
import { createRandom, SEED } from "../fuzz/random.ts";
import { fuzzDoor } from "../fuzz/running-program.ts";
import { openWorld, type World } from "./world.ts";

// Counts, the same in every run; `make soak` goes on for an hour.

/** Visits to a door for each of the crowd that it takes: 64, or 4 where a visit starts a program. */
const VISITS = 3;

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.useHonestly();
});
afterAll(() => world[Symbol.asyncDispose]());

test("whatever comes to a door of the running program, it serves an honest user and keeps nothing", async () => {
  for (const door of world.doors) {
    const wanted = VISITS * door.crowd;
    expect(await fuzzDoor(world, door, SEED, (visits) => visits >= wanted)).toBe(wanted);
  }
});

test.each(Object.entries(FILE_FUZZERS))(
  "whatever stands in %s, the running program makes sense of it or says what is wrong",
  async (_, { fuzz, few }) => {
    for (let [run, tried] = [0, 0]; tried < few; run += 1) {
      const seed = SEED + run;
      tried += await fuzz(createRandom(seed)).catch((cause) => {
        throw new Error(`FUZZ_SEED=${seed}`, { cause });
      });
    }
  },
);
