import { readFileSync, statSync } from "node:fs";
import { attemptOr } from "../failure.ts";
import { TICKS_PER_SECOND } from "./proc.ts";
import { identifyProcess } from "./process-identity.ts";

/** Whose a process is and since when it runs. */
export interface ProcessOrigin {
  /** As in ProcessIdentity. The executable is left out: a process may replace its own, as `wpdaemon run` does. */
  readonly startTime: string;
  /** The number of its user. */
  readonly user: number;
  /** Milliseconds since the epoch, up to a second too late. */
  readonly startedAt: number;
}

/** Undefined where there is no such process. */
export function traceProcess(pid: number): ProcessOrigin | undefined {
  const identity = identifyProcess(pid);
  if (identity === undefined) return undefined;
  const told = process.platform === "linux" ? askProc(pid, identity.startTime) : askPs(pid);
  return told === undefined ? undefined : { startTime: identity.startTime, ...told };
}

/** proc(5): a process's folder belongs to its user; its start and the machine's uptime count from the same moment. */
function askProc(pid: number, startTime: string): Pick<ProcessOrigin, "user" | "startedAt"> | undefined {
  return attemptOr(undefined, () => {
    const user = statSync(`/proc/${pid}`).uid;
    const startedAfter = Number(startTime.split(":")[1]) / TICKS_PER_SECOND;
    const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
    return { user, startedAt: Date.now() - (uptime - startedAfter) * 1_000 };
  });
}

function askPs(pid: number): Pick<ProcessOrigin, "user" | "startedAt"> | undefined {
  const shown = Bun.spawnSync(["ps", "-o", "uid=,etime=", "-p", String(pid)], { env: { LC_ALL: "C" } });
  const [, user, elapsed = ""] = /^(\d+) +([\d:-]+)$/.exec(shown.stdout.toString().trim()) ?? [];
  return user === undefined ? undefined : { user: Number(user), startedAt: Date.now() - parseElapsed(elapsed) };
}

/** `[[days-]hours:]minutes:seconds` in milliseconds. */
export function parseElapsed(text: string): number {
  const [clock = "", days = "0"] = text.split("-").reverse();
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1_000;
}
