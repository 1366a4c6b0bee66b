import { startCrowd } from "./crowd.ts";
import type { EventsPlan } from "./plan.ts";
import { publishSteadily } from "./publish-steadily.ts";
import { makeAction } from "./sample-events.ts";
import type { Broadcaster } from "./subject.ts";
import { doneSchema, endSchema, timesSchema } from "./task.ts";

export interface StopReport {
  /** Of the others, in milliseconds: while all read, and while one does not. */
  readonly before: number | undefined;
  readonly meanwhile: number | undefined;
  /** What it was closed with, which it learns when it reads on. */
  readonly closeCode: number | undefined;
}

const CLIENTS = 100;
const PER_SECOND = 1_000;

/**
 * One client more than 100 reads nothing, while 1,000 events of 1 KB come each second, all of which it would have to
 * get. It reads on when the last has been told.
 */
export async function measureStopped(broadcaster: Broadcaster, plan: EventsPlan): Promise<StopReport> {
  await using crowd = startCrowd();
  const { port, dialect } = broadcaster;
  await crowd.perform({ kind: "join", port, dialect, count: CLIENTS }, doneSchema);
  await publishSteadily(broadcaster, makeAction, { perSecond: PER_SECOND, milliseconds: plan.warmUpMs });
  const before = await timeOthers(plan.steadyMs);
  await crowd.perform({ kind: "stop", port }, doneSchema);
  const meanwhile = await timeOthers(plan.stoppedMs);
  const { closeCode } = await crowd.perform({ kind: "go on" }, endSchema);
  return { before, meanwhile, closeCode };

  async function timeOthers(milliseconds: number): Promise<number | undefined> {
    await crowd.perform({ kind: "time" }, doneSchema);
    const events = await publishSteadily(broadcaster, makeAction, { perSecond: PER_SECOND, milliseconds });
    const { p99, arrived } = await crowd.perform({ kind: "report", events }, timesSchema);
    if (arrived < 1) throw new Error(`only ${(arrived * 100).toFixed(2)} % of the events arrived`);
    return p99;
  }
}
