import { readFileSync } from "node:fs";
import { until } from "../rig/until.ts";

/** The system remembers a closed connection for 60 s. */
const FORGOTTEN_MS = 90_000;
const FEW = 200;

/** Waits until the system has forgotten all but a few closed connections: they lengthen the tables that are read. */
export async function untilFewClosedConnections(): Promise<void> {
  if (process.platform !== "linux") return;
  await until("the system forgets closed connections", () => countClosed() <= FEW, FORGOTTEN_MS).catch(() => undefined);
}

/** proc(5), /proc/net/sockstat: `TCP: inuse 4 orphan 0 tw 9294 …`, those in TIME_WAIT. */
function countClosed(): number {
  return Number(/^TCP: .*\btw (\d+)/m.exec(readFileSync("/proc/net/sockstat", "utf8"))?.[1] ?? 0);
}
