// One process from start to stop: what belongs to the process as a whole (lock, settings, audit log, signals, hand-over),
// and the list of parts that do its work, which are handed to each other here.

import { createEventBus } from "../events/bus.ts";
import { openAuditLog } from "../platform/audit.ts";
import { describeError, Failure } from "../platform/failure.ts";
import { pathsBelow } from "../platform/files/paths.ts";
import { identifyProcess } from "../platform/process/process-identity.ts";
import { ownExecutable } from "../platform/process/self.ts";
import { notifyService } from "../platform/service/notify.ts";
import { settlesWithin } from "../platform/waiting.ts";
import type { DownloadProgress } from "../tunnels/wireproxy/program/download.ts";
import { lockHome } from "./home-lock.ts";
import { createPartList } from "./part.ts";
import { createControlPart } from "./parts/control.ts";
import { createEventParts } from "./parts/events.ts";
import { createHeartbeat } from "./parts/heartbeat.ts";
import { createLineParts, LINGER_MS } from "./parts/line.ts";
import { createMemoryPart } from "./parts/memory.ts";
import { createProgramPart } from "./parts/program.ts";
import { createTunnelsPart } from "./parts/tunnels.ts";
import { loadSettings } from "./settings.ts";
import type { StateReason } from "./state/state-document.ts";
import { createStateFile } from "./state/state-file.ts";
import { createGate } from "./succession/gate.ts";
import type { HandOver, Successor } from "./succession/hand-over.ts";
import { findTakeOver } from "./succession/take-over.ts";

export interface DaemonOptions {
  /** The installation's folder, `~/.argus` for most. */
  readonly home: string;
  readonly port?: number | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Who or what started it. */
  readonly reason: StateReason;
  /** Where the operator reads: one line each. */
  readonly say: (line: string) => void;
  /** Told how far the download of wireproxy is. */
  readonly onDownload: (progress: DownloadProgress) => void;
  /** Somebody asked for the end. */
  readonly onStop: (reason: StateReason) => void;
  /** Another process has taken over, and no client is left here. */
  readonly onSucceeded: () => void;
}

export type Daemon = Awaited<ReturnType<typeof startDaemon>>;

/**
 * Starts the daemon, or takes over from one that has started this process for that; it serves when the call resolves.
 * @throws Failure `lock-held`, `address-in-use`, `settings-invalid`, `file-unusable`, `state-corrupt`, `handover-failed`.
 */
export async function startDaemon(options: DaemonOptions) {
  const { environment, say, version } = options;
  const now = Date.now;
  const paths = pathsBelow(options.home);
  const settings = loadSettings(paths, environment, options);
  const takeOver = findTakeOver(environment, paths.control);
  const lock = takeOver?.lock ?? (await lockHome(paths));
  const audit = openAuditLog(paths.auditLog);
  const instanceId = crypto.randomUUID();
  const bus = createEventBus();
  const gate = createGate();
  const requests = { line: 0, control: 0 };
  let isSucceeded = false;

  const state = createStateFile({
    path: paths.state,
    identify: () => identifyProcess(process.pid) ?? { pid: process.pid, startTime: "", executable: process.execPath },
    instanceId,
    version,
    logFile: paths.log,
    reason: takeOver === undefined ? options.reason : "handover",
    audit,
    now,
  });
  const memory = createMemoryPart(bus);
  const program = createProgramPart({ ...options, paths, settings: settings.wireproxy, audit });
  const events = createEventParts({
    path: paths.database,
    settings: settings.stream,
    bus,
    version,
    audit,
    now,
    onActivity: memory.touch,
    say,
  });
  const tunnels = createTunnelsPart({
    paths,
    settings: settings.tunnels,
    range: settings.socks,
    state,
    bus,
    audit,
    now,
    environment,
    program: program.provider,
    versions: program.versions,
    onQuiet: memory.touch,
    onLook: memory.afterLook,
  });
  const line = createLineParts({
    port: settings.line.port,
    descriptor: takeOver?.listener,
    gate,
    slot: async () => (await tunnels.opened()).slot,
    listConfigs: async () => (await tunnels.configs()).list(),
    version,
    audit,
    onActivity: () => count("line"),
  });
  const control = createControlPart({
    paths,
    settings: settings.control,
    hasTakenOver: takeOver !== undefined,
    async loadService() {
      const { createControlService } = await import("./parts/control-service.ts");
      return createControlService({
        paths,
        state,
        bus,
        events,
        version,
        port: line.port(),
        gate,
        handOver,
        tunnels,
        program: program.provider.found,
        requests: () => requests,
        onStop: () => options.onStop("cli-stop"),
      });
    },
    audit,
    now,
    onActivity: () => count("control"),
  });
  const heartbeat = createHeartbeat({
    state,
    executable: ownExecutable(),
    handOver: async (path) => (await handOver()).begin(path),
    onStop: options.onStop,
    onBeat: memory.afterLook,
    audit,
  });

  const parts = createPartList(
    [
      { name: "lock", open: describeHolder, resume: describeHolder, close: () => lock.release() },
      // Before whatever takes time: clients wait in its queue.
      line.listening,
      state,
      memory,
      events.feedPart,
      tunnels,
      // The daemon before ends once it hears of it, and leaves its socket to ours.
      { name: "take-over", open: () => takeOver?.confirm() },
      control,
      line.serving,
      events.streamPart,
      heartbeat,
      { name: "announcement", open: announceStart, stop: announceStop },
      program.part,
    ],
    audit,
  );

  let loadedHandOver: Promise<HandOver> | undefined;

  try {
    if (takeOver !== undefined) {
      await parts.load();
      // The daemon before writes to every file until it has let go.
      await takeOver.claim();
    }
    await parts.open();
  } catch (error) {
    // A candidate that fails leaves the file to the daemon before, which carries on.
    if (takeOver === undefined) state.fail(reasonOf(error), describeError(error));
    lock.release();
    audit("ERROR", `[initialization] ${describeError(error)}`);
    throw error;
  }

  return {
    port: line.port(),
    /** Closes the doors, ends every tunnel (at most 3.5 s) and gives the lock back. */
    async stop(why: StateReason): Promise<void> {
      if (!isSucceeded) await parts.stop(why);
    },
    /** Kills every child, without waiting and without footers: for whoever cannot wait for `stop`. */
    kill: tunnels.kill,
    /** Says in the state file how it came to a bad end; its tunnels go on, for the next daemon. */
    crash(why: StateReason, detail: string): void {
      audit("ERROR", `${why}: ${detail}`);
      state.setState("crashed", why, detail);
    },
    /** Writes what it knows into the audit log. */
    describe(): void {
      const known = { ...state.current(), parts: parts.names, memory: process.memoryUsage() };
      audit("INFO", `diagnostics: ${JSON.stringify(known)}`);
    },
  };

  function count(door: keyof typeof requests): void {
    requests[door] += 1;
    memory.touch();
  }

  function describeHolder(): void {
    lock.describe({ pid: process.pid, instanceId, createdAt: new Date(now()).toISOString(), version });
  }

  function announceStart(): void {
    state.setState("running", "ready");
    audit("INFO", "Daemon initialized and starting TCP server");
    say(`WireProxy Server listening on 127.0.0.1:${line.port()}`);
    notifyService(`READY=1\nMAINPID=${process.pid}\nSTATUS=serving 127.0.0.1:${line.port()}`, environment);
  }

  function announceStop(why: StateReason): void {
    notifyService("STOPPING=1", environment);
    state.setState("stopping", why);
  }

  function handOver(): Promise<HandOver> {
    loadedHandOver ??= import("./succession/hand-over.ts").then(({ createHandOver }) =>
      createHandOver({
        arguments: ["--daemon", "-p", String(line.port()), "--home", paths.home],
        environment,
        lend: () => ({ listener: line.lend(), lock: lock.descriptor }),
        returnListener: line.closeLent,
        freeze: parts.freeze,
        async resume() {
          await parts.resume();
          audit("INFO", "Carrying on: nobody has taken over");
        },
        leave,
      }),
    );
    return loadedHandOver;
  }

  async function leave(successor: Successor): Promise<void> {
    isSucceeded = true;
    // Before our end, which the manager would take for the end of the service.
    notifyService(`MAINPID=${successor.pid}`, environment);
    audit("INFO", `Process ${successor.pid}, version ${successor.version}, has taken over`);
    await settlesWithin(parts.drain(), LINGER_MS);
    options.onSucceeded();
  }
}

function reasonOf(error: unknown): StateReason {
  return error instanceof Failure && error.code === "address-in-use" ? "port-unavailable" : "startup-exception";
}
