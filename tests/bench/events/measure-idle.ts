import { readMemory } from "../memory.ts";
import { sampleMemory } from "../sample-memory.ts";
import { startCrowd } from "./crowd.ts";
import type { EventsPlan } from "./plan.ts";
import type { Broadcaster } from "./subject.ts";
import { doneSchema } from "./task.ts";

const CLIENTS = 1_000;

/** @returns how many MB more a server holds with 1,000 clients that hear nothing than it held without: KB per client. */
export async function measureIdle({ pid, port, dialect }: Broadcaster, plan: EventsPlan): Promise<number | undefined> {
  await Bun.sleep(plan.settleMs);
  const before = readMemory(pid).resident;
  await using crowd = startCrowd();
  await crowd.perform({ kind: "join", port, dialect, count: CLIENTS }, doneSchema);
  await Bun.sleep(plan.settleMs);
  const { resident } = await sampleMemory(pid, plan.memorySamples);
  return resident === undefined || before === undefined ? undefined : resident - before;
}
