import type { Ledger } from "./ledger.ts";
import { peakResident } from "./peak-resident.ts";
import type { LinksocksPlan } from "./plan.ts";
import { perform, startListening, startScript } from "./script.ts";
import type { RunningSubject } from "./subject.ts";
import { stopSchema } from "./task.ts";

/** One round with one pair, started for it: what it does to a neighbour, to memory and to the bytes that a reader stops. */
export async function measureStopping(
  start: (target: number) => Promise<RunningSubject>,
  ledger: Ledger,
  plan: LinksocksPlan,
): Promise<void> {
  await using target = await startListening("target");
  try {
    await using running = await start(target.port);
    await using load = startScript("load");
    const task = { kind: "stop", entry: running.entry, milliseconds: plan.neighbourMs } as const;
    const { alone, beside, lost } = await perform(load, task, stopSchema);
    ledger.add("a reader stops, neighbour's rate of before", (beside / alone) * 100);
    ledger.add("a reader stops, peak of the larger end", peakOf(running));
    ledger.add("a reader stops and goes on, never got", lost / 1e6);
  } catch (error) {
    ledger.fail("a reader stops, neighbour's rate of before", error instanceof Error ? error.message : String(error));
  }
}

function peakOf({ client, server }: RunningSubject): number | undefined {
  const [near, far] = [peakResident(client), server === undefined ? 0 : peakResident(server)];
  return near === undefined || far === undefined ? undefined : Math.max(near, far);
}
