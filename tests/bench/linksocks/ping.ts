import { type Entry, openLine } from "./line.ts";

const PING_BYTES = 64;
const WARM_UP = 1_000;
/** A subject that delays each of them is not waited for. */
const ENOUGH_MS = 10_000;

/** Sends 64 bytes and waits for them, again and again, over one connection. @returns microseconds of each. */
export async function ping(entry: Entry, count: number): Promise<readonly number[]> {
  const line = await openLine(entry);
  line.order({ kind: "echo", bytes: 0 });
  const payload = new Uint8Array(PING_BYTES).fill(1);
  const samples: number[] = [];
  const deadline = performance.now() + ENOUGH_MS;
  for (let number = 0; number < WARM_UP + count; number += 1) {
    const began = performance.now();
    line.write(payload);
    await line.read(PING_BYTES);
    const ended = performance.now();
    if (number >= WARM_UP) samples.push((ended - began) * 1_000);
    if (ended > deadline) break;
  }
  line.close();
  return samples;
}
