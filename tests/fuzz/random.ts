/** A seed that is the same in every run, so that a red one is red again; FUZZ_SEED looks elsewhere. */
export const SEED = Number(process.env["FUZZ_SEED"] ?? 20_261_130);

export type Random = () => number;

/** Numbers from 0 to below 1, the same for the same seed: mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Some bytes put in, taken out or changed, or everything from there on left out. */
export function changeBytes(message: Uint8Array, random: Random): Uint8Array {
  const changed: number[] = [...message.subarray(0, LONGEST_CHANGED)];
  for (let change = 1 + below(3, random); change > 0; change -= 1) {
    // Lengths and types stand at the front.
    const at = below(random() < 0.5 ? Math.min(24, changed.length + 1) : changed.length + 1, random);
    const byte = pick([0, 1, 127, 128, 255, below(256, random)], random) ?? 0;
    const kind = random();
    if (kind < 0.5) changed[at] = byte;
    else if (kind < 0.7) changed.splice(at, 0, byte);
    else if (kind < 0.9) changed.splice(at, 1);
    else changed.length = at;
  }
  return Buffer.concat([Buffer.from(changed), message.subarray(LONGEST_CHANGED)]);
}

const LONGEST_CHANGED = 400;

export function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[below(items.length, random)];
}

export function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}
