import { median } from "../figure.ts";
import { startCrowd } from "./crowd.ts";
import type { EventsPlan } from "./plan.ts";
import { makeQuote } from "./sample-events.ts";
import type { Broadcaster } from "./subject.ts";
import { countSchema, doneSchema } from "./task.ts";

const CLIENTS = 1_000;
const BATCH = 100;
/** One is told while the next is taken. */
const AT_ONCE = 2;

/** Publishes as fast as is taken. @returns events per second that reach 1,000 clients, all together. */
export async function measureFlood(broadcaster: Broadcaster, plan: EventsPlan): Promise<number | undefined> {
  await using crowd = startCrowd();
  const { port, dialect } = broadcaster;
  await crowd.perform({ kind: "join", port, dialect, count: CLIENTS }, doneSchema);
  let isOver = false;
  const publishing = Promise.all(Array.from({ length: AT_ONCE }, publishOn));
  // Told below, after the windows.
  publishing.catch(() => undefined);
  try {
    await Bun.sleep(plan.warmUpMs);
    const rates: number[] = [];
    for (let window = 0; window < plan.floodWindows; window += 1) {
      const { rate } = await crowd.perform({ kind: "count", milliseconds: plan.floodWindowMs }, countSchema);
      rates.push(rate);
    }
    return median(rates);
  } finally {
    isOver = true;
    await publishing;
  }

  async function publishOn(): Promise<void> {
    while (!isOver) await broadcaster.publish(Array.from({ length: BATCH }, (_, number) => makeQuote(number)));
  }
}
