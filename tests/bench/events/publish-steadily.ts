import type { Broadcaster, SampleEvent } from "./subject.ts";

/** At 1,000 events a second, four go in one request. */
const TURN_MS = 4;
/** Requests without an answer, a second of them at 1,000 events a second: beyond, a broadcaster does not keep up. */
const MOST_WAITING = 250;

/**
 * Publishes so many events a second, whether or not those before have been taken.
 * @returns how many.
 * @throws where the broadcaster does not keep up, or refuses.
 */
export async function publishSteadily(
  { publish }: Broadcaster,
  make: (number: number) => SampleEvent,
  { perSecond, milliseconds }: { readonly perSecond: number; readonly milliseconds: number },
): Promise<number> {
  const waiting = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const began = performance.now();
  let published = 0;
  for (let elapsed = 0; elapsed < milliseconds; elapsed = performance.now() - began) {
    const due = Math.floor((elapsed * perSecond) / 1_000) - published;
    if (due > 0) {
      const first = published;
      published += due;
      const request = publish(Array.from({ length: due }, (_, index) => make(first + index)))
        .catch((error) => void failures.push(error))
        .finally(() => waiting.delete(request));
      waiting.add(request);
    }
    if (waiting.size > MOST_WAITING) throw new Error(`does not keep up with ${perSecond} events/s`);
    await Bun.sleep(TURN_MS);
  }
  await Promise.all(waiting);
  if (failures.length > 0) throw failures[0];
  return published;
}
