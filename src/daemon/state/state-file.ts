import { readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import type { Audit } from "../../platform/audit.ts";
import { EXIT } from "../../platform/exit-codes.ts";
import { describeError, Failure } from "../../platform/failure.ts";
import { readTextIfThere, replaceFile, type Survival } from "../../platform/files/files.ts";
import { isStillRunning, type ProcessIdentity } from "../../platform/process/process-identity.ts";
import type { ChildRecord, ChildRegister, WantedRegister, WantedTunnel } from "../../tunnels/driver/child-record.ts";
import {
  type DaemonState,
  formerSchema,
  ownerSchema,
  type Previous,
  type StateDocument,
  type StateReason,
  versionSchema,
} from "./state-document.ts";

/** How long a hand-over counts as recent, in milliseconds. */
const RECENT_MS = 600_000;

/** Corrupt files that are kept, the newest. */
const KEPT_ASIDE = 3;

export interface StateFile {
  readonly children: ChildRegister;
  readonly wanted: WantedRegister;
  /** Config, with suffix, that was last in the line protocol's slot, here or with the daemon before. */
  readonly formerSlot: string | undefined;
  setSlot(config: string | undefined): void;
  /** What the daemon is about, for whoever reads the file while it runs and after it has ended. */
  tell(state: DaemonState, reason: StateReason, detail?: string): void;
  current(): StateDocument;
  /** How many daemons took over from each other here in the last ten minutes. */
  recentHandOvers(): number;
  /** Writes the time. @returns false where the file is another daemon's by now. */
  beat(): boolean;
  /** From now on the file is a successor's: nothing more is written. */
  release(): void;
  /** The successor gave up: the file is ours again. */
  reclaim(): void;
}

export interface StateFileOptions {
  readonly path: string;
  readonly identity: ProcessIdentity;
  readonly instanceId: string;
  readonly version: string;
  readonly logFile: string;
  readonly reason: StateReason;
  readonly audit: Audit;
  readonly now: () => number;
}

/**
 * Opens the state file; the lock must be ours. A corrupt file is set aside, never overwritten, and told in the audit log.
 * @throws Failure `state-corrupt` where a newer wpdaemon wrote it, `file-unusable`.
 */
export function openStateFile(options: StateFileOptions): StateFile {
  const { path, audit, now } = options;
  sweepDrafts(path);
  const former = load(options);
  let released = false;
  const started = iso(now());
  let document: StateDocument = {
    schema: 2,
    state: "starting",
    stateReason: options.reason,
    stateDetail: null,
    stateSince: started,
    instanceId: options.instanceId,
    pid: options.identity.pid,
    process: options.identity,
    processStartedAt: Math.round(performance.timeOrigin),
    startTime: started,
    startTimeIso: started,
    startedWithCliVersion: options.version,
    lastHeartbeat: started,
    lastHeartbeatIso: started,
    daemonLogPath: options.logFile,
    exitCode: null,
    slot: former.slot,
    children: former.children,
    tunnels: former.tunnels,
    handOvers: [...former.handOvers.filter(isRecent), ...(options.reason === "handover" ? [started] : [])],
    previous: former.previous,
  };
  write("power-cut");

  return {
    children: {
      list: () => document.children,
      put: (record) => change({ children: [...without(record.logFile), record] }),
      remove: (logFile) => changeIfPossible({ children: without(logFile) }),
    },
    wanted: {
      list: () => document.tunnels,
      put: (tunnel) => changeIfPossible({ tunnels: [...withoutTunnel(tunnel.config), tunnel] }),
      remove: (config) => changeIfPossible({ tunnels: withoutTunnel(config) }),
    },
    get formerSlot() {
      return document.slot ?? undefined;
    },
    setSlot(config) {
      if ((config ?? null) !== document.slot) changeIfPossible({ slot: config ?? null });
    },
    tell(state, stateReason, detail) {
      const stateSince = iso(now());
      const ended = state === "stopped" || state === "crashed" || state === "failed";
      const exitCode = ended ? (EXIT_CODES[stateReason] ?? EXIT.done) : null;
      document = { ...document, state, stateReason, stateDetail: detail ?? null, stateSince, exitCode };
      if (ended) document = endOf(document);
      tryWrite("power-cut");
    },
    current: () => document,
    recentHandOvers: () => document.handOvers.filter(isRecent).length,
    beat() {
      if (released) return true;
      if (isAnothers()) return false;
      const time = iso(now());
      changeIfPossible({ lastHeartbeat: time, lastHeartbeatIso: time });
      return true;
    },
    release() {
      released = true;
    },
    reclaim() {
      released = false;
      tryWrite("power-cut");
    },
  };

  function isRecent(time: string): boolean {
    return now() - Date.parse(time) < RECENT_MS;
  }

  function without(logFile: string): readonly ChildRecord[] {
    return document.children.filter((child) => child.logFile !== logFile);
  }

  function withoutTunnel(config: string): readonly WantedTunnel[] {
    return document.tunnels.filter((tunnel) => tunnel.config !== config);
  }

  /** @throws the system's error; nothing has changed then. */
  function change(changed: Partial<StateDocument>): void {
    const before = document;
    document = { ...document, ...changed };
    try {
      // No child survives a power cut, so neither need its record; and on a busy disk a sync can take longer than any
      // client waits for its answer.
      write("kill");
    } catch (error) {
      document = before;
      throw error;
    }
  }

  /** What is not on disk for once does no harm: a process too many is found dead by the next daemon. */
  function changeIfPossible(changed: Partial<StateDocument>): void {
    document = { ...document, ...changed };
    tryWrite("kill");
  }

  /** A file that cannot be read for once (no descriptor is left), or is no file of ours, is no other daemon's for that. */
  function isAnothers(): boolean {
    try {
      const written = v.safeParse(v.pipe(v.string(), v.parseJson(), ownerSchema), readTextIfThere(path));
      return written.success && written.output.instanceId !== options.instanceId;
    } catch {
      return false;
    }
  }

  function tryWrite(survives: Survival): void {
    try {
      write(survives);
    } catch (error) {
      audit("ERROR", `cannot write ${path}: ${describeError(error)}`);
    }
  }

  function write(survives: Survival): void {
    if (!released) replaceFile(path, `${JSON.stringify(document, null, 2)}\n`, survives);
  }
}

/** What a supervisor is told of a bad end. */
const EXIT_CODES: { readonly [reason in StateReason]?: number } = {
  exception: EXIT.fault,
  rejection: EXIT.fault,
  "forced-exit": EXIT.failed,
  "startup-exception": EXIT.notStarted,
  "port-unavailable": EXIT.notStarted,
};

/** A number that is nobody's any more must not stand where a reader would signal it. */
function endOf(document: StateDocument): StateDocument {
  const { pid, instanceId, state, stateReason, stateSince, process: _process, ...rest } = document;
  const previous = { instanceId, pid: pid ?? null, state, stateReason, stoppedAt: stateSince };
  return { ...rest, instanceId, state, stateReason, stateSince, previous };
}

/** A daemon that was killed while it wrote leaves its draft. The lock is ours, so nobody writes now. */
function sweepDrafts(path: string): void {
  for (const name of siblings(path)) {
    if (name.startsWith(`${basename(path)}.`) && name.endsWith(".tmp")) {
      rmSync(join(dirname(path), name), { force: true });
    }
  }
}

interface Former {
  readonly slot: string | null;
  readonly children: readonly ChildRecord[];
  readonly tunnels: readonly WantedTunnel[];
  readonly handOvers: readonly string[];
  readonly previous: Previous | null;
}

const NOTHING: Former = { slot: null, children: [], tunnels: [], handOvers: [], previous: null };

function load({ path, audit, now }: StateFileOptions): Former {
  const text = readTextIfThere(path);
  if (text === undefined) return NOTHING;
  const version = v.safeParse(v.pipe(v.string(), v.parseJson(), versionSchema), text);
  if (version.success && version.output.schema > 2) {
    throw new Failure("state-corrupt", `${path} was written by a newer wpdaemon (schema ${version.output.schema})`, {
      hint: "start that one, or move the file away",
    });
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), formerSchema), text);
  if (!parsed.success) {
    audit("ERROR", `${path} is corrupt and was set aside as ${setAside(path, now())}: ${parsed.issues[0].message}`);
    return NOTHING;
  }
  const { slot, children, tunnels, handOvers, state, stateReason, instanceId, stateSince, pid, process } =
    parsed.output;
  const ended = state === "stopped" || state === "crashed" || state === "failed";
  const kept = { slot, children, tunnels, handOvers };
  const told = parsed.output.previous;
  // One that has ended has told of itself there, its number included.
  if (ended && told !== null && told.instanceId === instanceId) return { ...kept, previous: told };
  const [unsaid, why] = stillRuns(process)
    ? (["stopped", "handover"] as const)
    : (["crashed", "detected-dead"] as const);
  const previous: Previous = {
    instanceId: instanceId ?? null,
    pid: process?.pid ?? pid ?? null,
    state: ended ? state : unsaid,
    stateReason: ended ? stateReason : why,
    stoppedAt: ended && stateSince !== undefined ? stateSince : iso(now()),
  };
  return { ...kept, previous };
}

/** The lock is ours although it runs: it is handing over. */
function stillRuns(process: ProcessIdentity | undefined): boolean {
  return process !== undefined && isStillRunning(process);
}

function setAside(path: string, time: number): string {
  const aside = `${path}.corrupt-${time}`;
  renameSync(path, aside);
  const kept = siblings(path).filter((name) => name.startsWith(`${basename(path)}.corrupt-`));
  for (const name of kept.toSorted().slice(0, -KEPT_ASIDE)) rmSync(join(dirname(path), name), { force: true });
  return aside;
}

function siblings(path: string): readonly string[] {
  return readdirSync(dirname(path));
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
