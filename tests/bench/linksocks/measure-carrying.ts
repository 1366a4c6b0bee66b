import { median, quantile } from "../figure.ts";
import type { Ledger } from "./ledger.ts";
import type { LinksocksPlan } from "./plan.ts";
import type { RowName } from "./rows.ts";
import { perform, type Script, startListening, startScript } from "./script.ts";
import type { RunningSubject } from "./subject.ts";
import { samplesSchema, transferSchema } from "./task.ts";

/** The Go program compresses: zeros are the best that it can meet, noise is what it meets where traffic is encrypted. */
const TRANSFERS = [
  {
    direction: "down",
    content: "zeros",
    streams: 1,
    rate: "one stream, down",
    cpu: "CPU of all ends, one stream down",
  },
  { direction: "up", content: "zeros", streams: 1, rate: "one stream, up", cpu: "CPU of all ends, one stream up" },
  { direction: "down", content: "zeros", streams: 16, rate: "sixteen streams, down", cpu: undefined },
  { direction: "up", content: "zeros", streams: 16, rate: "sixteen streams, up", cpu: undefined },
  { direction: "down", content: "noise", streams: 1, rate: "one stream, down, of noise", cpu: undefined },
] as const;

/** One round with one subject, started for it: round trips, connections, transfers. */
export async function measureCarrying(
  start: (target: number) => Promise<RunningSubject>,
  ledger: Ledger,
  plan: LinksocksPlan,
): Promise<void> {
  await using target = await startListening("target");
  let step: RowName = "one stream, down";
  try {
    await using running = await start(target.port);
    await using load = startScript("load");
    const { entry } = running;
    step = "round trip of 64 bytes, p50";
    const trips = await perform(load, { kind: "ping", entry, count: plan.pings }, samplesSchema);
    ledger.add("round trip of 64 bytes, p50", median(trips));
    ledger.add("round trip of 64 bytes, p99", quantile(trips, 0.99));
    step = "connect → first echoed byte, p50";
    ledger.add(step, median(await perform(load, { kind: "set up", entry, count: plan.setUps }, samplesSchema)));
    for (const kind of TRANSFERS) {
      step = kind.rate;
      await measureTransfer(load, running, ledger, kind, plan);
    }
  } catch (error) {
    ledger.fail(step, error instanceof Error ? error.message : String(error));
  }
}

async function measureTransfer(
  load: Script,
  { entry, client, server }: RunningSubject,
  ledger: Ledger,
  { direction, content, streams, rate, cpu }: (typeof TRANSFERS)[number],
  { warmUpMs, transferMs: milliseconds }: LinksocksPlan,
): Promise<void> {
  const pids = server === undefined ? [client] : [client, server];
  const task = { kind: "transfer", entry, direction, content, streams, warmUpMs, milliseconds, pids } as const;
  const done = await perform(load, task, transferSchema);
  if (!done.isWhole) ledger.fail(rate, "not all that was sent has arrived");
  ledger.add(rate, done.bytes / 1e3 / done.milliseconds);
  if (cpu !== undefined && done.cpuSeconds !== undefined && done.bytes > 0) {
    ledger.add(cpu, (done.cpuSeconds * 1e9) / done.bytes);
  }
}
