import { type Entry, type Line, openLine } from "./line.ts";

/** Opens connections one after the other. @returns microseconds of each, from connect() to the first echoed byte. */
export async function setUp(entry: Entry, count: number): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let number = 0; number < count; number += 1) {
    const began = performance.now();
    const line = await openEchoing(entry);
    samples.push((performance.now() - began) * 1_000);
    line.close();
  }
  return samples;
}

/** A connection that has carried a byte there and back. */
export async function openEchoing(entry: Entry): Promise<Line> {
  const line = await openLine(entry);
  line.order({ kind: "echo", bytes: 0 });
  line.write(new Uint8Array(1));
  await line.read(1);
  return line;
}
