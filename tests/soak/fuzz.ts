import * as v from "valibot";
import { FILE_FUZZERS } from "../fuzz/files.ts";
import { createRandom } from "../fuzz/random.ts";
import { fuzzDoor } from "../fuzz/running-program.ts";
import { openWorld } from "../hostile/world.ts";
import { callWpdaemon } from "../rig/command-line.ts";

/** Everybody else waits as long as a turn takes; a machine that does something else beside makes each seem longer. */
const LONGEST_TURN_MS = 500;

const statusSchema = v.object({
  daemon: v.object({
    loop: v.object({ longestTurn: v.nullable(v.object({ milliseconds: v.number(), part: v.string() })) }),
  }),
});

/**
 * Fuzzes the running program for so many milliseconds, door by door and file by file, with another seed each time.
 * @throws Error that names the seed.
 */
export async function soakFuzz(milliseconds: number, onProgress: (what: string) => void = () => {}): Promise<string> {
  const end = performance.now() + milliseconds;
  const seed = Date.now() % 1_000_000_000;
  await using world = await openWorld();
  await world.useHonestly();
  let tried = 0;
  for (let round = 0; performance.now() < end; round += 1) {
    for (const door of world.doors) {
      const began = performance.now();
      tried += await fuzzDoor(world, door, seed + round * 1_000_003, () => performance.now() - began > SHARE_MS);
      onProgress(`${tried} visits and files, ${door.name}`);
    }
    for (const { fuzz } of Object.values(FILE_FUZZERS)) {
      for (let run = 0; run < RUNS; run += 1) {
        tried += await fuzz(createRandom(seed + round * RUNS + run)).catch((cause) => {
          throw new Error(`FUZZ_SEED=${seed + round * RUNS + run}`, { cause });
        });
      }
    }
  }
  const { output } = await callWpdaemon(world.daemon.home, ["status", "--json"]);
  const turn = v.parse(v.pipe(v.string(), v.parseJson(), statusSchema), output).daemon.loop.longestTurn;
  if (turn !== null && turn.milliseconds > LONGEST_TURN_MS) {
    throw new Error(`a turn of ${turn.part} took ${turn.milliseconds.toFixed(0)} ms, with FUZZ_SEED=${seed}`);
  }
  return `${tried} visits and files that were changed at random; the longest turn took ${turn?.milliseconds.toFixed(0)} ms (${turn?.part})`;
}

/** For each door in a round. */
const SHARE_MS = 20_000;
const RUNS = 10;
