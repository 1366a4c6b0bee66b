import { readFileSync, statSync } from "node:fs";
import { describeError, Failure } from "../failure.ts";
import { escapeControls } from "../plain-text.ts";
import { listProcesses, readProcessStat, TICKS_PER_SECOND } from "./proc.ts";
import { identifyProcess, type ProcessIdentity } from "./process-identity.ts";
import { parseElapsed } from "./process-origin.ts";

/** A process of this machine. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** The number of its user. */
  readonly user: number;
  /** Short name, as the system shows it. */
  readonly name: string;
  /** Its arguments, the program's name first; empty for a zombie. */
  readonly words: readonly string[];
  readonly ageMilliseconds: number;
  readonly isZombie: boolean;
  /** Undefined for a zombie, and for a process that we may not examine. */
  readonly identity: ProcessIdentity | undefined;
}

/**
 * Every process that can be seen.
 * @throws Failure `platform-unsupported` where the system gives no list, which is not the same as an empty list.
 */
export function listRunningProcesses(): readonly RunningProcess[] {
  try {
    const found = process.platform === "linux" ? listOnLinux() : listWithPs();
    if (found.some(({ pid }) => pid === process.pid)) return found;
    throw new Error("this very process is not among them");
  } catch (error) {
    throw new Failure("platform-unsupported", `the processes cannot be listed: ${describeError(error)}`, {
      hint: process.platform === "linux" ? "/proc must be mounted and readable" : "ps must be on PATH",
      cause: error,
    });
  }
}

function listOnLinux(): readonly RunningProcess[] {
  const now = { ticks: readProcessStat(process.pid)?.ticks ?? 0, age: performance.now() };
  return listProcesses().flatMap((pid) => lookAt(pid, now) ?? []);
}

/** @param own when this process started, and its age in milliseconds. */
function lookAt(pid: number, own: { readonly ticks: number; readonly age: number }): RunningProcess | undefined {
  try {
    // The identity is read first: a later process with the same number then fails the comparison.
    const identity = identifyProcess(pid);
    const stat = readProcessStat(pid);
    if (stat === undefined) return undefined;
    const { parent, isZombie, ticks } = stat;
    const ageMilliseconds = Math.max(0, own.age + ((own.ticks - ticks) * 1_000) / TICKS_PER_SECOND);
    const name = escapeControls(stat.name);
    const user = statSync(`/proc/${pid}`).uid;
    return { pid, parent, user, name, words: readWords(pid), ageMilliseconds, isZombie, identity };
  } catch {
    // It has ended since the listing.
    return undefined;
  }
}

function readWords(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}

/** ps(1) prints the arguments in one line, so a path with blanks is split, and a split path matches nothing. */
function listWithPs(): readonly RunningProcess[] {
  const programs = new Map(
    runPs("pid=,comm=").flatMap((line) => {
      const [, pid, program] = /^ *(\d+) +(.+)$/.exec(line) ?? [];
      return program === undefined ? [] : [[Number(pid), program] as const];
    }),
  );
  return runPs("pid=,ppid=,uid=,stat=,etime=,lstart=,command=").flatMap((line) => {
    const fields = /^ *(\d+) +(\d+) +(\d+) +(\S+) +(\S+) +(\w+ +\w+ +\d+ +[\d:]+ +\d+) *(.*)$/.exec(line);
    if (fields === null) return [];
    const [, pid, parent, user, stat = "", age = "", started = "", command = ""] = fields;
    const number = Number(pid);
    const isZombie = stat.startsWith("Z");
    const executable = programs.get(number);
    const startTime = started.replace(/ +/g, " ");
    return [
      {
        pid: number,
        parent: Number(parent),
        user: Number(user),
        name: escapeControls(executable?.split("/").at(-1) ?? ""),
        words: isZombie ? [] : splitCommand(command, executable ?? ""),
        ageMilliseconds: parseElapsed(age),
        isZombie,
        identity: isZombie || executable === undefined ? undefined : { pid: number, startTime, executable },
      },
    ];
  });
}

function runPs(columns: string): readonly string[] {
  const { success, stdout } = Bun.spawnSync(["ps", "-axww", "-o", columns], { env: { ...process.env, LC_ALL: "C" } });
  if (!success) throw new Error("ps failed");
  return stdout.toString().split("\n");
}

function splitCommand(command: string, executable: string): readonly string[] {
  const start = executable !== "" && command.startsWith(executable) ? [executable] : [];
  const rest = command.slice(start.join("").length).trim();
  return rest === "" ? start : [...start, ...rest.split(/ +/)];
}
