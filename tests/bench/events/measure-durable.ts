import { makeAction } from "./sample-events.ts";
import type { Broadcaster } from "./subject.ts";

/** Events of 1 KB per second that are on disk, in requests of `batch` events, one after the other. */
export async function measureDurable({ publish }: Broadcaster, batch: number, milliseconds: number): Promise<number> {
  const began = performance.now();
  let published = 0;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    await publish(Array.from({ length: batch }, makeAction));
    published += batch;
    elapsed = performance.now() - began;
  }
  return (published * 1_000) / elapsed;
}
