import { readFileSync } from "node:fs";
import { findDescendants } from "./descendants.ts";

/** proc(5) counts CPU time in hundredths of a second on every architecture that Bun runs on. */
const TICKS_PER_SECOND = 100;

/** CPU time that processes have used so far, with their children's; undefined where the system does not tell. */
export function cpuSeconds(pids: readonly number[]): number | undefined {
  if (process.platform !== "linux") return undefined;
  let ticks = 0;
  for (const pid of pids.flatMap(findDescendants)) ticks += ticksOf(pid);
  return ticks / TICKS_PER_SECOND;
}

/** proc(5), /proc/PID/stat: fields 14 to 17, of its own and of children that it has waited for. */
function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  } catch {
    // It has ended, and its parent has its time.
    return 0;
  }
}
