import { startCrowd } from "./crowd.ts";
import type { EventsPlan } from "./plan.ts";
import { publishSteadily } from "./publish-steadily.ts";
import { makeQuote } from "./sample-events.ts";
import type { Broadcaster } from "./subject.ts";
import { doneSchema, timesSchema } from "./task.ts";

export interface Load {
  readonly perSecond: number;
  readonly clients: number;
}

export interface Times {
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

/** Quotes may give way to newer ones; who passes on fewer than these is behind. */
const LEAST_ARRIVED = 0.99;

/** Milliseconds from publish to receipt, over all of at most 100 clients. @throws where the broadcaster falls behind. */
export async function measureSteady(broadcaster: Broadcaster, load: Load, plan: EventsPlan): Promise<Times> {
  await using crowd = startCrowd();
  const { port, dialect } = broadcaster;
  await crowd.perform({ kind: "join", port, dialect, count: load.clients }, doneSchema);
  await publishSteadily(broadcaster, makeQuote, { ...load, milliseconds: plan.warmUpMs });
  await crowd.perform({ kind: "time" }, doneSchema);
  const events = await publishSteadily(broadcaster, makeQuote, { ...load, milliseconds: plan.steadyMs });
  const { p50, p99, arrived } = await crowd.perform({ kind: "report", events }, timesSchema);
  if (arrived < LEAST_ARRIVED) throw new Error(`only ${Math.round(arrived * 100)} % of the events arrived`);
  return { p50, p99 };
}
