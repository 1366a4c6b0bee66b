import type { Memory } from "../memory.ts";
import { sampleMemory } from "../sample-memory.ts";
import { findDescendants } from "./descendants.ts";
import type { Account } from "./figures.ts";
import type { LinksocksPlan } from "./plan.ts";
import { perform, startListening, startScript } from "./script.ts";
import { idleSchema } from "./task.ts";

/** What each holds while many connections of its are open and idle; all at the same time, since nobody is in another's way. */
export async function measureIdle(accounts: readonly Account[], plan: LinksocksPlan): Promise<void> {
  await using open = new AsyncDisposableStack();
  const readings: (() => Promise<void>)[] = [];
  for (const { subject, ledger } of accounts) {
    if (subject.start === undefined) continue;
    try {
      const target = open.use(await startListening("target"));
      const { entry, client, server } = open.use(await subject.start(target.port));
      const load = open.use(startScript("load"));
      await perform(load, { kind: "idle", entry, count: plan.idleConnections }, idleSchema);
      readings.push(async () => {
        const [near, far] = await Promise.all([readAll(client), server === undefined ? undefined : readAll(server)]);
        ledger.add("1,000 idle connections, client resident", near.resident);
        ledger.add("1,000 idle connections, client anonymous", near.anonymous);
        ledger.add("1,000 idle connections, server resident", far?.resident);
        ledger.add("1,000 idle connections, server anonymous", far?.anonymous);
      });
    } catch (error) {
      ledger.fail("1,000 idle connections, client resident", error instanceof Error ? error.message : String(error));
    }
  }
  await Bun.sleep(plan.settleMs);
  await Promise.all(readings.map((read) => read()));

  /** One process, or all of those that share the work. */
  async function readAll(pid: number): Promise<Memory> {
    const each = await Promise.all(findDescendants(pid).map((member) => sampleMemory(member, plan.memorySamples)));
    return { resident: sum(each.map(({ resident }) => resident)), anonymous: sum(each.map((one) => one.anonymous)) };
  }
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((so, value) => (so === undefined || value === undefined ? undefined : so + value), 0);
}
