import { dirname } from "node:path";
import type { OpenFiles } from "../../../platform/files/open-files.ts";
import type { RunningProcess } from "../../../platform/process/process-list.ts";
import type { ChildRecord } from "../../../tunnels/driver/child-record.ts";
import { findConfigWord, findHomeWord, isDaemonCommand, isProgramNamed, isVersionCheck } from "./command-words.ts";

/** What a process is to this installation; docs/protocols/control.md, Doctor and clean. */
export type Category =
  | "self"
  | "daemon-current"
  | "daemon-stale"
  /** It is starting, or leaving after a hand-over. */
  | "daemon-changing"
  | "tunnel-tracked"
  | "tunnel-orphan"
  /** A living process of somebody else, with a config of ours. */
  | "tunnel-foreign"
  | "version-check-stuck"
  | "zombie";

export interface FoundProcess extends RunningProcess {
  readonly category: Category;
  /** What shows it, a few words. */
  readonly evidence: string;
}

/** What is certain about the processes, whatever their names are. */
export interface Evidence {
  readonly self: number;
  readonly user: number;
  /** Processes that answer on the control socket, are on record with their start time, or have the lock. */
  readonly daemons: readonly number[];
  /** A daemon serves the home, whether it is among `daemons` or not. */
  readonly daemonLives: boolean;
  /** From the state file; undefined if it cannot be read. */
  readonly children: readonly ChildRecord[] | undefined;
  /** Processes that the daemon says are its tunnels. */
  readonly tunnels: readonly number[];
  readonly openFiles: OpenFiles;
  /** The home, in every spelling. */
  readonly homes: readonly string[];
  readonly lock: string;
  readonly pipes: string;
  /** Where configs lie, in every spelling. */
  readonly configFolders: readonly string[];
  /** Programs that are a wireproxy whatever they are called. */
  readonly programs: readonly string[];
  /** Our main file. */
  readonly entry: string;
}

/** A version check is over in two seconds. */
const STUCK_AFTER_MS = 60_000;
/** A daemon that starts is on record, and one that was succeeded has left, well before. */
const SETTLED_AFTER_MS = 60_000;

/** The processes that have to do with this installation; all others are left out. Evidence comes before names. */
export function classifyProcesses(processes: readonly RunningProcess[], evidence: Evidence): readonly FoundProcess[] {
  const { daemons, children } = evidence;
  const current = processes.filter(({ pid }) => daemons.includes(pid));
  const isSettled = current.every(({ ageMilliseconds }) => ageMilliseconds > SETTLED_AFTER_MS);
  const ours = new Set(
    processes
      .filter((process) => daemons.includes(process.pid) || isDaemonOfHome(process, evidence))
      .map(({ pid }) => pid),
  );
  return processes.flatMap((process) => {
    const [category, shown] = classify(process) ?? [];
    return category === undefined || shown === undefined ? [] : [{ ...process, category, evidence: shown }];
  });

  function classify(process: RunningProcess): readonly [Category, string] | undefined {
    const { pid, parent } = process;
    if (pid === evidence.self) return ["self", "this command"];
    if (process.isZombie) {
      const isOurs = ours.has(parent) || children?.some((child) => child.process?.pid === pid) === true;
      return isOurs ? ["zombie", `process ${parent} has not taken notice of its end`] : undefined;
    }
    if (daemons.includes(pid)) return ["daemon-current", "it serves this home"];
    if (ours.has(pid)) {
      const hasSettled = isSettled && process.ageMilliseconds > SETTLED_AFTER_MS;
      return hasSettled
        ? ["daemon-stale", "a daemon of this home that is not the one on record"]
        : ["daemon-changing", "a daemon of this home that starts or leaves"];
    }
    if (isVersionCheck(process, evidence.entry, evidence.programs)) {
      const isStuck = process.ageMilliseconds > STUCK_AFTER_MS && process.user === evidence.user;
      return isStuck ? ["version-check-stuck", "it should have told its version long ago"] : undefined;
    }
    return classifyTunnel(process, processes, evidence);
  }
}

function isDaemonOfHome(process: RunningProcess, { entry, homes, lock, openFiles, self }: Evidence): boolean {
  if (process.pid === self || !isDaemonCommand(process, entry)) return false;
  const named = findHomeWord(process.words);
  return named === undefined ? openFiles.get(process.pid)?.includes(lock) === true : homes.includes(named);
}

function classifyTunnel(
  process: RunningProcess,
  processes: readonly RunningProcess[],
  evidence: Evidence,
): readonly [Category, string] | undefined {
  const { pid, parent, words, identity } = process;
  const pipes = (evidence.openFiles.get(pid) ?? []).filter((path) => dirname(path) === evidence.pipes);
  const record = evidence.children?.find((child) =>
    child.process === null
      ? pipes.includes(child.pipe)
      : child.process.pid === pid && child.process.startTime === identity?.startTime,
  );
  if (evidence.tunnels.includes(pid)) return ["tunnel-tracked", "the daemon says so"];
  if (record !== undefined && evidence.daemonLives) return ["tunnel-tracked", "on record in the state file"];
  const isWireproxy = isProgramNamed(process, "wireproxy", evidence.programs);
  const config = findConfigWord(words);
  const hasOurConfig = evidence.configFolders.some((folder) => config?.startsWith(`${folder}/`));
  const isOurs = pipes.length > 0 && (isWireproxy || hasOurConfig);
  // Whatever a state file says that somebody may have changed.
  if (!isOurs && !(isWireproxy && hasOurConfig)) return undefined;
  if (record !== undefined) return ["tunnel-orphan", `on record for ${record.config}, and its daemon is dead`];
  if (evidence.daemons.includes(parent)) return ["tunnel-tracked", "a child of the daemon"];
  if (evidence.daemonLives && evidence.children === undefined) {
    return ["tunnel-tracked", "the state file cannot be read, so it may be the daemon's"];
  }
  if (isOurs) return ["tunnel-orphan", "it has a pipe of this home open, and is on no record"];
  const owner = processes.find((other) => other.pid === parent);
  if (isInit(parent, owner))
    return ["tunnel-orphan", "it has a config of this home, its parent is dead, and it is on no record"];
  return [
    "tunnel-foreign",
    `it has a config of this home, and was started by process ${parent} (${owner?.name ?? "unseen"})`,
  ];
}

/** Who inherits the children of the dead. */
function isInit(pid: number, process: RunningProcess | undefined): boolean {
  return pid === 1 || ["init", "systemd", "launchd"].includes(process?.name ?? "");
}
