import * as v from "valibot";
import type { Audit } from "../../platform/audit.ts";
import { EXIT } from "../../platform/exit-codes.ts";
import { attemptOr, describeError, isDiskFull } from "../../platform/failure.ts";
import { readTextIfThere, replaceFile, type Survival } from "../../platform/files/files.ts";
import type { ProcessIdentity } from "../../platform/process/process-identity.ts";
import type { ChildRegister, WantedRegister } from "../../tunnels/driver/child-record.ts";
import { loadFormer, NOTHING_BEFORE, SCHEMA } from "./former.ts";
import { type DaemonState, hasEnded, ownerSchema, type StateDocument, type StateReason } from "./state-document.ts";

/** How long a hand-over, and an end by a fault, counts as recent, in milliseconds. */
const RECENT_MS = 600_000;

/** Ends that are kept, and characters of each. */
const MOST_ENDS = 10;
const LONGEST_DETAIL = 2_000;
/** Broken starts that are kept: many tunnels may be starting at a time. */
const MOST_BROKEN_STARTS = 100;
const WITHOUT_A_WORD = "its process ended without a word while this tunnel was being started";
/** So many ends of the daemon by one tunnel, within so many milliseconds, and it is not brought up again by itself. */
const BLAMED_ENDS = 3;
const BLAMED_WITHIN_MS = 60_000;

interface StateFileOptions {
  readonly path: string;
  /** This process, looked up when the file opens. */
  readonly identify: () => ProcessIdentity;
  readonly instanceId: string;
  readonly version: string;
  readonly logFile: string;
  readonly reason: StateReason;
  readonly audit: Audit;
  readonly now: () => number;
}

export type StateFile = ReturnType<typeof createStateFile>;

/**
 * The state file: which daemon runs, how the last one ended, its children, and the tunnels that are meant to be up. The
 * lock must be ours before it opens.
 */
export function createStateFile(options: StateFileOptions) {
  const { path, audit, now } = options;
  const started = iso(now());
  /** Nothing is written before it is open, nor while the file is a successor's. */
  let isOurs = false;
  let wasOpened = false;
  let document: StateDocument = {
    schema: SCHEMA,
    state: "starting",
    stateReason: options.reason,
    stateDetail: null,
    stateSince: started,
    instanceId: options.instanceId,
    processStartedAt: Math.round(performance.timeOrigin),
    startTime: started,
    startTimeIso: started,
    startedWithCliVersion: options.version,
    lastHeartbeat: started,
    lastHeartbeatIso: started,
    daemonLogPath: options.logFile,
    exitCode: null,
    ...NOTHING_BEFORE,
  };

  const children: ChildRegister = {
    list: () => document.children,
    put: (record) => change({ children: [...withoutChild(record.logFile), record] }),
    remove: (logFile) => changeIfPossible({ children: withoutChild(logFile) }),
  };
  const wanted: WantedRegister = {
    list: () => document.tunnels,
    put: (tunnel) => changeIfPossible({ tunnels: [...without(document.tunnels, tunnel.config), tunnel] }),
    remove: (config) =>
      changeIfPossible({ tunnels: without(document.tunnels, config), standings: without(document.standings, config) }),
    standing: (config) => document.standings.find((standing) => standing.config === config),
    putStanding: (standing) =>
      changeIfPossible({ standings: [...without(document.standings, standing.config), standing] }),
  };
  const sessions = {
    list: () => document.sessions,
    set: (known: StateDocument["sessions"]) => changeIfPossible({ sessions: known }),
  };

  return {
    name: "state file",
    children,
    wanted,
    sessions,
    open,
    /** Says why the daemon could not start, also where that was before the file was open. */
    fail(reason: StateReason, detail: string): void {
      try {
        if (!wasOpened) open();
      } catch (error) {
        audit("ERROR", `cannot open ${path}: ${describeError(error)}`);
      }
      setState("failed", reason, detail);
    },
    /** From now on the file is a successor's. */
    freeze(): void {
      isOurs = false;
    },
    /** The successor gave up. */
    resume(): void {
      isOurs = true;
      tryWrite("power-cut");
    },
    close(reason: StateReason): void {
      setState("stopped", reason);
      audit("INFO", `Daemon stopped (${reason})`);
    },
    /** Config, with suffix, that was last in the line protocol's slot, here or with the daemon before. */
    get formerSlot(): string | undefined {
      return document.slot ?? undefined;
    },
    setSlot(config: string | undefined): void {
      if ((config ?? null) !== document.slot) changeIfPossible({ slot: config ?? null });
    },
    setState,
    /** Says that the daemon ends by a fault, on disk when the call returns. @param config of the tunnel that caused it. */
    crash(reason: StateReason, detail: string, config: string | undefined): void {
      const end = { at: iso(now()), config: config ?? null, detail: detail.slice(0, LONGEST_DETAIL) };
      document = { ...document, ends: [...document.ends, end].slice(-MOST_ENDS) };
      setState("crashed", reason, detail);
    },
    /**
     * Says that a tunnel is being started, for whoever finds that the process ended without a word.
     * @returns what is to be called when the start is over.
     */
    noteStart(config: string): () => void {
      changeIfPossible({ starting: [...document.starting, config] });
      return () => changeIfPossible({ starting: document.starting.filter((other) => other !== config) });
    },
    /** Why a tunnel is not to be brought up by itself: it has ended the daemon again and again. */
    blame,
    current: (): StateDocument => document,
    /** How many daemons took over from each other here in the last ten minutes. */
    recentHandOvers: (): number => document.handOvers.filter(isRecent).length,
    /** Writes the time. @returns false where the file is another daemon's by now. */
    beat(): boolean {
      if (!isOurs) return true;
      if (isAnothers()) return false;
      const time = iso(now());
      changeIfPossible({ lastHeartbeat: time, lastHeartbeatIso: time });
      return true;
    },
  };

  /**
   * Takes over what the daemon before left there.
   * @throws Failure `state-corrupt` where a newer wpdaemon wrote it; the system's error.
   */
  function open(): void {
    wasOpened = true;
    const process = options.identify();
    const former = loadFormer(path, audit, now());
    const own = options.reason === "handover" ? [started] : [];
    const broken = former.previous?.stateReason === "detected-dead" ? former.starting : [];
    const brokenNow = broken.map((config) => ({ at: started, config }));
    document = {
      ...document,
      ...former,
      pid: process.pid,
      process,
      ends: former.ends.filter(({ at }) => isRecent(at)),
      starting: [],
      brokenStarts: [...former.brokenStarts.filter(({ at }) => isRecent(at)), ...brokenNow].slice(-MOST_BROKEN_STARTS),
      handOvers: [...former.handOvers.filter(isRecent), ...own],
    };
    isOurs = true;
    // Clients wait for this, so it is not synced; what `setState` says a moment later is.
    write("kill");
  }

  /** What the daemon is about, for whoever reads the file while it runs and after it has ended. */
  function setState(state: DaemonState, stateReason: StateReason, detail?: string): void {
    const stateSince = iso(now());
    const exitCode = hasEnded(state) ? (EXIT_CODES[stateReason] ?? EXIT.done) : null;
    document = { ...document, state, stateReason, stateDetail: detail ?? null, stateSince, exitCode };
    if (hasEnded(state)) document = endOf(document);
    tryWrite("power-cut");
  }

  function blame(config: string): string | undefined {
    const { ends: told, brokenStarts } = document;
    const ends = [...told, ...brokenStarts.map((start) => ({ ...start, detail: WITHOUT_A_WORD }))]
      .filter((end) => end.config === config)
      .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))
      .slice(-BLAMED_ENDS);
    const [first, last] = [ends[0], ends.at(-1)];
    if (first === undefined || last === undefined || ends.length < BLAMED_ENDS) return undefined;
    if (Date.parse(last.at) - Date.parse(first.at) > BLAMED_WITHIN_MS) return undefined;
    const [fault = ""] = last.detail.split("\n");
    return `it has ended the daemon ${BLAMED_ENDS} times within a minute: ${fault}`;
  }

  function isRecent(time: string): boolean {
    return now() - Date.parse(time) < RECENT_MS;
  }

  function withoutChild(logFile: string): StateDocument["children"] {
    return document.children.filter((child) => child.logFile !== logFile);
  }

  /** @throws the system's error, unless the disk is full; nothing has changed then. */
  function change(changed: Partial<StateDocument>): void {
    const before = document;
    document = { ...document, ...changed };
    try {
      // No child survives a power cut, so neither need its record; and on a busy disk a sync can take longer than any
      // client waits for its answer.
      write("kill");
    } catch (error) {
      // A full disk must not cost a tunnel: the next write, a minute later at the latest, has it all.
      if (!isDiskFull(error)) {
        document = before;
        throw error;
      }
      audit("ERROR", `cannot write ${path}: ${describeError(error)}`);
    }
  }

  /** What is not on disk for once does no harm: a process too many is found dead by the next daemon. */
  function changeIfPossible(changed: Partial<StateDocument>): void {
    document = { ...document, ...changed };
    tryWrite("kill");
  }

  /** A file that cannot be read for once (no descriptor is left), or is no file of ours, is no other daemon's for that. */
  function isAnothers(): boolean {
    const schema = v.pipe(v.string(), v.parseJson(), ownerSchema);
    return attemptOr(false, () => v.parse(schema, readTextIfThere(path)).instanceId !== options.instanceId);
  }

  function tryWrite(survives: Survival): void {
    try {
      write(survives);
    } catch (error) {
      audit("ERROR", `cannot write ${path}: ${describeError(error)}`);
    }
  }

  function write(survives: Survival): void {
    if (isOurs) replaceFile(path, `${JSON.stringify(document, null, 2)}\n`, survives);
  }
}

function without<Entry extends { readonly config: string }>(list: readonly Entry[], config: string): readonly Entry[] {
  return list.filter((entry) => entry.config !== config);
}

/** What a supervisor is told of a bad end. */
const EXIT_CODES: { readonly [reason in StateReason]?: number } = {
  exception: EXIT.fault,
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

function iso(time: number): string {
  return new Date(time).toISOString();
}
