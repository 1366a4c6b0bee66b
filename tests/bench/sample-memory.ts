import { median } from "./figure.ts";
import { type Memory, readMemory } from "./memory.ts";

const EVERY_MS = 1_000;

/**
 * What a process holds most of the time: a look at a tunnel, every 10 s, pages something in that is dropped 100 ms later,
 * and a single reading may meet that.
 */
export async function sampleMemory(pid: number, count: number): Promise<Memory> {
  const samples: Memory[] = [];
  for (let sample = 0; sample < count; sample += 1) {
    await Bun.sleep(EVERY_MS);
    samples.push(readMemory(pid));
  }
  return {
    resident: median(samples.map(({ resident }) => resident)),
    anonymous: median(samples.map(({ anonymous }) => anonymous)),
  };
}
