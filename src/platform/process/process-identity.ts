import { readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { attemptOr, systemCode } from "../failure.ts";
import { listProcesses, openFilesOf, readProcessStat } from "./proc.ts";

/** Distinguishes a process from a later one with the same, recycled number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal only for the same process on the same boot. */
  readonly startTime: string;
  /** Empty where the system does not tell it, as of a process in another user namespace. */
  readonly executable: string;
}

/** The identity of a living process; undefined where there is none, or only a zombie waiting to be reaped. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  return process.platform === "linux" ? attemptOr(undefined, () => readIdentity(pid)) : identifyWithPs(pid);
}

/** Whether the process that `known` describes still runs. A pid alone proves nothing. */
export function isStillRunning(known: ProcessIdentity): boolean {
  const found = identifyProcess(known.pid);
  if (found?.startTime !== known.startTime) return false;
  // To the tick on Linux, where a wrapper script may have become another program since; to the second elsewhere.
  return process.platform === "linux" || found.executable === known.executable;
}

/**
 * A check that costs microseconds, for hot paths: false only where the process is certainly gone. Elsewhere than on Linux
 * it takes a zombie, or a later process with the same number, for the process.
 */
export function mayBeRunning(known: ProcessIdentity): boolean {
  if (process.platform !== "linux") return attemptOr(false, () => process.kill(known.pid, 0));
  try {
    return readIdentity(known.pid)?.startTime === known.startTime;
  } catch (error) {
    // Any other fault, such as no free descriptor, says nothing of the process.
    return !["ENOENT", "ESRCH"].includes(systemCode(error) ?? "");
  }
}

/**
 * Signals the process group that `pid` leads, once it is certain that it is still the same process.
 * @returns false where the process is gone.
 */
export function signalGroup(known: ProcessIdentity, signal: "SIGTERM" | "SIGKILL"): boolean {
  return isStillRunning(known) && attemptOr(false, () => process.kill(-known.pid, signal));
}

/**
 * As Linux tells it. A start is counted in ticks since boot, so the boot's own id belongs to it.
 * @throws the operating system's error.
 */
function readIdentity(pid: number): ProcessIdentity | undefined {
  const stat = readProcessStat(pid);
  if (stat === undefined || stat.isZombie) return undefined;
  return { pid, startTime: `${bootId()}:${stat.ticks}`, executable: readExecutable(pid) };
}

/**
 * Empty for a process of ours that lives in another user namespace, as what a former daemon of a user's service left.
 * @throws the operating system's error.
 */
function readExecutable(pid: number): string {
  try {
    // An executable that was replaced on disk is marked so; it is the same process all the same.
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "");
  } catch (error) {
    if (systemCode(error) === "EACCES" && isOurs(pid)) return "";
    throw error;
  }
}

function isOurs(pid: number): boolean {
  return statSync(`/proc/${pid}`).uid === process.getuid?.();
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function identifyWithPs(pid: number): ProcessIdentity | undefined {
  const shown = Bun.spawnSync(["ps", "-o", "lstart=,stat=,comm=", "-p", String(pid)], { env: { LC_ALL: "C" } });
  const fields = /^(\w+ +\w+ +\d+ +[\d:]+ +\d+) +(\S+) +(.+)$/.exec(shown.stdout.toString().trim());
  const [startTime, state, executable] = [fields?.[1], fields?.[2], fields?.[3]];
  if (startTime === undefined || state === undefined || executable === undefined) return undefined;
  return state.startsWith("Z") ? undefined : { pid, startTime: startTime.replace(/ +/g, " "), executable };
}

/** A process that has the file at `path` open; undefined where there is none but ourselves. */
export function findProcessHolding(path: string): number | undefined {
  // Without links, as the system lists it.
  const real = attemptOr(undefined, () => realpathSync(path));
  if (real === undefined) return undefined;
  if (process.platform !== "linux") {
    const shown = Bun.spawnSync(["lsof", "-t", real]).stdout.toString();
    return shown
      .split("\n")
      .map(Number)
      .find((pid) => pid > 0 && pid !== process.pid);
  }
  return listProcesses().find((pid) => pid !== process.pid && openFilesOf(pid)?.includes(real));
}

/**
 * A process of ours whose open files the system does not show, as of one in another user namespace, by its arguments.
 * @param tail how its command line ends.
 */
export function findHiddenProcess(tail: readonly string[]): number | undefined {
  if (process.platform !== "linux") return undefined;
  const wanted = tail.map((word) => `\0${word}`).join("");
  const isWanted = (pid: number) =>
    openFilesOf(pid) === undefined &&
    isOurs(pid) &&
    readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0$/, "").endsWith(wanted);
  return listProcesses().find((pid) => attemptOr(false, () => isWanted(pid)));
}

/**
 * Whether a process has the file at `path` open, also where that was removed since; undefined where the system does not
 * tell, as of a process in another user namespace.
 */
export function holdsFile(pid: number, path: string): boolean | undefined {
  if (process.platform !== "linux") {
    return (
      Bun.spawnSync(["lsof", "-t", "-p", String(pid), "-a", path])
        .stdout.toString()
        .trim() !== ""
    );
  }
  // The folder is there even where the file is gone.
  const real = join(
    attemptOr(dirname(path), () => realpathSync(dirname(path))),
    basename(path),
  );
  return openFilesOf(pid)?.some((file) => file === real || file === `${real} (deleted)`);
}
