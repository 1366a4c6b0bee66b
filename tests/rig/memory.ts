import { readFileSync } from "node:fs";

/** What a process has for itself alone, in MB; Linux. */
export const anonymousMegabytes = (pid: number) => readMegabytes(pid, "RssAnon");

/** All that a process has in memory, the pages of its executable included, in MB; Linux. */
export const residentMegabytes = (pid: number) => readMegabytes(pid, "VmRSS");

function readMegabytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} tells nothing of its memory`);
  return Number(kilobytes) / 1_024;
}

/** How many descriptors a process has open; Linux. */
export function openDescriptors(pid: number): number {
  return readFileSync(`/proc/${pid}/status`, "utf8") === ""
    ? 0
    : [...new Bun.Glob("*").scanSync({ cwd: `/proc/${pid}/fd`, onlyFiles: false })].length;
}
