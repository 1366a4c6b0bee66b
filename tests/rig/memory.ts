import { readFileSync } from "node:fs";

/** What a process has for itself alone, in MB; Linux. */
export function anonymousMegabytes(pid: number): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} tells nothing of its memory`);
  return Number(kilobytes) / 1_024;
}

/** How many descriptors a process has open; Linux. */
export function openDescriptors(pid: number): number {
  return readFileSync(`/proc/${pid}/status`, "utf8") === ""
    ? 0
    : [...new Bun.Glob("*").scanSync({ cwd: `/proc/${pid}/fd`, onlyFiles: false })].length;
}
