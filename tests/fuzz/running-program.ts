import type { Door, Visit } from "../hostile/door.ts";
import type { World } from "../hostile/world.ts";
import { until } from "../rig/until.ts";
import { below, changeBytes, createRandom, pick, type Random } from "./random.ts";

/** What both programs together may have more than before: docs/bounds.md. */
const MOST_MEGABYTES_MORE = 192;
const SPARE_DESCRIPTORS = 4;

/** Visits between two looks of an honest user. */
const VISITS = 8;

/**
 * Visits a door of the running program again and again with what a right peer says, changed at random, until `hasEnough`, which is told how many visits
 * there were.
 * @returns how many visits there were.
 * @throws Error that names the seed, where the program ends, answers no honest user any more, or keeps more than it may.
 */
export async function fuzzDoor(
  world: World,
  door: Door,
  seed: number,
  hasEnough: (visits: number) => boolean,
): Promise<number> {
  const before = world.measure();
  let visits = 0;
  try {
    for (let round = 0; !hasEnough(visits); round += 1) {
      const randoms = Array.from({ length: Math.min(VISITS, door.crowd) }, (_, index) =>
        createRandom(seed + round * VISITS + index),
      );
      await Promise.all(randoms.map((random) => fuzzVisit(door, random)));
      visits += randoms.length;
      await world.useHonestly();
      const more = world.measure().megabytes - before.megabytes;
      if (more > MOST_MEGABYTES_MORE) throw new Error(`${more} MB more are kept`);
    }
    await until("no descriptor is left", () => world.measure().descriptors <= before.descriptors + SPARE_DESCRIPTORS);
    return visits;
  } catch (cause) {
    throw new Error(`${door.name}, FUZZ_SEED=${seed}, after ${visits} visits:\n${world.output().slice(-2_000)}`, {
      cause,
    });
  }
}

async function fuzzVisit(door: Door, random: Random): Promise<void> {
  const visit = await door.visit();
  using _ = visit.peer;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for (const message of changeAtRandom(messagesFor(door, visit, random), random)) {
    for (const piece of cut(message, random)) if (!(await visit.peer.send(piece, signal))) return;
  }
  const end = random();
  if (end < 0.2) visit.peer.reset();
  else if (end < 0.4) visit.peer.finish();
}

/** For what one visit has to say; then it hangs up. */
const PATIENCE_MS = 2_000;

/** The steps as far as a saying wants them, that saying, some more, and the rest of the steps. */
function messagesFor({ sayings }: Door, { steps }: Visit, random: Random): readonly Uint8Array[] {
  const first = pick(sayings, random);
  if (first === undefined) return steps;
  const alike = sayings.filter(({ after }) => after === first.after);
  const said = Array.from(
    { length: 1 + below(6, random) },
    () => pick(alike, random)?.make(makeWords(random)) ?? first.make(NOTHING),
  );
  return [...steps.slice(0, first.after), ...said, ...steps.slice(first.after)];
}

const NOTHING = new Uint8Array(0);
const PIECES = [
  "127.0.0.1",
  "localhost",
  "[::1]",
  "../..",
  "\n",
  "\r\n\r\n",
  "\u001b[2J",
  "\u0000",
  "%",
  "{}",
  '"',
  "0",
  "-1",
  "99999999999999999999",
  "\u202e",
  "é",
];

function makeWords(random: Random): Uint8Array {
  const kind = random();
  if (kind < 0.4) return Buffer.from(Array.from({ length: below(5, random) }, () => pick(PIECES, random)).join(""));
  if (kind < 0.6)
    return Buffer.alloc(pick([1, 86, 255, 256, 4_096, 65_535, 65_536, 300_000], random) ?? 1, below(256, random));
  return Buffer.from(Array.from({ length: below(300, random) }, () => (random() < 0.3 ? 0xff : below(256, random))));
}

/** Most are left alone, so that what follows is understood. */
function changeAtRandom(messages: readonly Uint8Array[], random: Random): readonly Uint8Array[] {
  return messages.flatMap((message) => {
    const kind = random();
    if (kind < 0.05) return [];
    if (kind < 0.1) return [message, message];
    return kind < 0.3 ? [changeBytes(message, random)] : [message];
  });
}

function cut(message: Uint8Array, random: Random): readonly Uint8Array[] {
  if (message.length < 2 || random() < 0.7) return [message];
  const at = 1 + below(message.length - 1, random);
  return [message.subarray(0, at), message.subarray(at)];
}
