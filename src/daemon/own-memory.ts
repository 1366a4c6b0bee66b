import { readTextIfThere } from "../platform/files/files.ts";

export interface OwnMemory {
  readonly residentBytes: number;
  /** What is this process's alone; 0 where the system does not tell. */
  readonly anonymousBytes: number;
}

/** What this daemon takes of the machine; proc(5), /proc/self/status. */
export function measureOwnMemory(): OwnMemory {
  const status = readTextIfThere("/proc/self/status");
  if (status === undefined) return { residentBytes: process.memoryUsage.rss(), anonymousBytes: 0 };
  return { residentBytes: bytesOf(status, "VmRSS"), anonymousBytes: bytesOf(status, "RssAnon") };
}

function bytesOf(status: string, field: string): number {
  return 1_024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
}
