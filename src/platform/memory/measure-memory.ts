import { readTextIfThere } from "../files/files.ts";

/** What a process takes of the machine's memory, in bytes. */
export interface ProcessMemory {
  readonly residentBytes: number;
  readonly anonymousBytes: number;
}

/** By proc(5), /proc/pid/status; undefined where the system does not tell. */
export function measureMemory(pid: number): ProcessMemory | undefined {
  const status = readTextIfThere(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  return { residentBytes: bytesOf(status, "VmRSS"), anonymousBytes: bytesOf(status, "RssAnon") };
}

function bytesOf(status: string, field: string): number {
  return 1_024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
}
