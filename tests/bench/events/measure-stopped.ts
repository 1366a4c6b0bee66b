import { readFileSync } from "node:fs";
import { type Crowd, startCrowd } from "./crowd.ts";
import type { EventsPlan } from "./plan.ts";
import { publishSteadily } from "./publish-steadily.ts";
import { makeAction } from "./sample-events.ts";
import type { Broadcaster } from "./subject.ts";
import { doneSchema, endSchema, timesSchema } from "./task.ts";

export interface StopReport {
  /** Of the others, in milliseconds: while all read, and while one does not. */
  readonly before: number | undefined;
  readonly meanwhile: number | undefined;
  /** From its stop to its end, in seconds; undefined where it was not ended. */
  readonly endedAfter: number | undefined;
  /** What it was closed with, which it learns when it reads on. */
  readonly closeCode: number | undefined;
}

const CLIENTS = 100;
const PER_SECOND = 1_000;
const LOOK_EVERY_MS = 50;

/**
 * One client more than 100 reads nothing, while 1,000 events of 1 KB come each second, all of which it would have to
 * get. It reads on as soon as it has been ended: 5 s later, the runtime has thrown away what waited, close frame and all.
 */
export async function measureStopped(broadcaster: Broadcaster, plan: EventsPlan): Promise<StopReport> {
  await using crowd = startCrowd();
  const { port, dialect } = broadcaster;
  await crowd.perform({ kind: "join", port, dialect, count: CLIENTS }, doneSchema);
  await publishSteadily(broadcaster, makeAction, { perSecond: PER_SECOND, milliseconds: plan.warmUpMs });
  const { p99: before } = await timeOthers(plan.steadyMs, async () => undefined);
  await crowd.perform({ kind: "stop", port }, doneSchema);
  const { p99: meanwhile, seen } = await timeOthers(plan.stoppedMs, () => watchStopped(broadcaster, crowd, plan));
  return { before, meanwhile, endedAfter: seen?.endedAfter, closeCode: seen?.closeCode };

  async function timeOthers<Seen>(milliseconds: number, watch: () => Promise<Seen>) {
    await crowd.perform({ kind: "time" }, doneSchema);
    const [events, seen] = await Promise.all([
      publishSteadily(broadcaster, makeAction, { perSecond: PER_SECOND, milliseconds }),
      watch(),
    ]);
    const { p99, arrived } = await crowd.perform({ kind: "report", events }, timesSchema);
    if (arrived < 1) throw new Error(`only ${(arrived * 100).toFixed(2)} % of the events arrived`);
    return { p99, seen };
  }
}

async function watchStopped({ auditLog }: Broadcaster, crowd: Crowd, { stoppedMs }: EventsPlan) {
  const began = performance.now();
  while (performance.now() - began < stoppedMs) {
    if (auditLog !== undefined && readFileSync(auditLog, "utf8").includes(": slow consumer")) {
      const endedAfter = (performance.now() - began) / 1_000;
      const { closeCode } = await crowd.perform({ kind: "go on" }, endSchema);
      return { endedAfter, closeCode };
    }
    await Bun.sleep(LOOK_EVERY_MS);
  }
  return undefined;
}
