import { readdirSync, readFileSync } from "node:fs";
import { identifyProcess } from "../../src/platform/process/process-identity.ts";

/** Whether a process runs; one that is only waiting to be reaped does not. */
export function isAlive(pid: number): boolean {
  return identifyProcess(pid) !== undefined;
}

/** Processes whose command line has `part` in it, as a word or as part of one. */
export function findProcesses(part: string): readonly number[] {
  if (process.platform !== "linux") {
    const shown = Bun.spawnSync(["pgrep", "-f", part]).stdout.toString().trim();
    return shown === "" ? [] : shown.split("\n").map(Number);
  }
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && isAlive(pid) && commandLine(pid).includes(part));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
