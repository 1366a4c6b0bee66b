import { readFileSync } from "node:fs";

/** In MB of 10⁶ bytes; undefined where the system does not tell. */
export interface Memory {
  readonly resident: number | undefined;
  readonly anonymous: number | undefined;
}

/** What a process holds now. The sums of /proc/PID/status lag behind on many cores; the walk of smaps does not. */
export function readMemory(pid: number): Memory {
  if (process.platform !== "linux") return { resident: residentByPs(pid), anonymous: undefined };
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return { resident: kibibytes(text, "Rss"), anonymous: kibibytes(text, "Anonymous") };
}

function kibibytes(text: string, key: string): number | undefined {
  const found = new RegExp(`^${key}: +(\\d+) kB$`, "m").exec(text)?.[1];
  return found === undefined ? undefined : (Number(found) * 1_024) / 1e6;
}

function residentByPs(pid: number): number | undefined {
  const shown = Bun.spawnSync(["ps", "-o", "rss=", "-p", String(pid)])
    .stdout.toString()
    .trim();
  return shown === "" ? undefined : (Number(shown) * 1_024) / 1e6;
}
