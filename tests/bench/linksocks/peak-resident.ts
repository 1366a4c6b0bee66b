import { readFileSync } from "node:fs";

/** The most that a process has held since its start, in MB of 10⁶ bytes; undefined where the system does not tell. */
export function peakResident(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return kibibytes === undefined ? undefined : (Number(kibibytes) * 1_024) / 1e6;
}
