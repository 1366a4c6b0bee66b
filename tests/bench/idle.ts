import { readdirSync, readFileSync } from "node:fs";

/** What a process does while nothing is asked of it, per minute; undefined where the system does not tell. */
export interface IdleMinute {
  readonly cpuMs: number | undefined;
  readonly wakeUps: number | undefined;
}

/** proc(5) counts CPU time in hundredths of a second on every architecture that Bun runs on. */
const MS_PER_TICK = 10;

/** Watches an idle process for some seconds and scales that to a minute. */
export async function watchIdle(pid: number, seconds: number): Promise<IdleMinute> {
  if (process.platform !== "linux") return { cpuMs: undefined, wakeUps: undefined };
  const perMinute = 60 / seconds;
  const [ticksBefore, switchesBefore] = [cpuTicks(pid), voluntarySwitches(pid)];
  await Bun.sleep(seconds * 1_000);
  const ticks = cpuTicks(pid) - ticksBefore;
  let wakeUps = 0;
  for (const [thread, count] of voluntarySwitches(pid)) wakeUps += count - (switchesBefore.get(thread) ?? 0);
  return { cpuMs: ticks * MS_PER_TICK * perMinute, wakeUps: wakeUps * perMinute };
}

/** proc(5), /proc/PID/stat: fields 14 and 15, user and system time; the name in field 2 may hold blanks. */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** By thread: one that ends between two looks must not count backwards. */
function voluntarySwitches(pid: number): ReadonlyMap<string, number> {
  const switches = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const count = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readStatus(pid, thread))?.[1];
    if (count !== undefined) switches.set(thread, Number(count));
  }
  return switches;
}

/** A thread may end between the listing and the look. */
function readStatus(pid: number, thread: string): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
  } catch {
    return "";
  }
}
