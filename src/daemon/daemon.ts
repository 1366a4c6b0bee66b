// One process from start to stop: the composition root, and what belongs to the process as a whole (lock, settings,
// state file, audit log, signals, hand-over). Every room is built below; this one hands them to each other.

import { closeSync } from "node:fs";
import { createEventBus } from "../events/bus.ts";
import { describeError, Failure } from "../platform/failure.ts";
import { pathsBelow } from "../platform/files/paths.ts";
import { startIdleTrim } from "../platform/memory/memory-trim.ts";
import { identifyProcess, signalGroup } from "../platform/process/process-identity.ts";
import { ownExecutable } from "../platform/process/self.ts";
import { notifyService } from "../platform/service/notify.ts";
import { settlesWithin } from "../platform/waiting.ts";
import { createConfigStore } from "../tunnels/config/store.ts";
import { createDrivers } from "../tunnels/life/drivers.ts";
import type { DownloadProgress } from "../tunnels/wireproxy/program/download.ts";
import { createVersionProbe } from "../tunnels/wireproxy/program/version.ts";
import { openAuditLog } from "./audit-log.ts";
import { loadControlSecret } from "./control-secret.ts";
import { openControlDoor } from "./parts/control.ts";
import { createControlService } from "./parts/control-service.ts";
import { startHeartbeat } from "./parts/heartbeat.ts";
import { openLineDoor } from "./parts/line.ts";
import { lockHome } from "./parts/lock.ts";
import { createProgram } from "./parts/program.ts";
import { openTunnelsRoom, type TunnelsRoom } from "./parts/tunnels.ts";
import { isReservedPort, loadSettings } from "./settings.ts";
import type { StateReason } from "./state/state-document.ts";
import { openStateFile, type StateFile } from "./state/state-file.ts";
import { createGate } from "./succession/gate.ts";
import { createHandOver } from "./succession/hand-over.ts";
import { askSuccessor, findTakeOver } from "./succession/take-over.ts";

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

export interface Daemon {
  readonly port: number;
  /** Closes the doors, ends every tunnel (at most 3.5 s) and gives the lock back. */
  stop(reason: StateReason): Promise<void>;
  /** Kills every child, without waiting and without footers: for whoever cannot wait for `stop`. */
  kill(): void;
  /** Says in the state file how it came to a bad end; its tunnels go on, for the next daemon. */
  crash(reason: StateReason, detail: string): void;
  /** Writes what it knows into the audit log. */
  describe(): void;
}

/** How long listeners wait for the events of tunnels that end; with their own last words, less than a second. */
const LAST_EVENTS_MS = 200;

/** A client that has kept its connection gets so long to leave it after a hand-over, in milliseconds. */
const LINGER_MS = 30_000;

/**
 * Starts the daemon, or takes over from one that has started this process for that; it serves when the call resolves.
 * @throws Failure `lock-held`, `address-in-use`, `settings-invalid`, `file-unusable`, `state-corrupt`, `handover-failed`.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { environment, say, version } = options;
  const now = Date.now;
  const paths = pathsBelow(options.home);
  const settings = loadSettings(paths, environment, options);
  const takeOver = findTakeOver(environment, paths.control);
  const lock = takeOver?.lock ?? (await lockHome(paths));
  const audit = openAuditLog(paths.auditLog);
  let state: StateFile | undefined;
  try {
    const instanceId = crypto.randomUUID();
    const identity = identifyProcess(process.pid) ?? { pid: process.pid, startTime: "", executable: process.execPath };
    if (takeOver !== undefined) await loadEventService();
    // The daemon before writes to every file until it has let go.
    await takeOver?.claim();
    const holder = { pid: process.pid, instanceId, createdAt: new Date(now()).toISOString(), version };
    lock.describe(holder);
    const reason = takeOver === undefined ? options.reason : "handover";
    const logFile = paths.log;
    const file = openStateFile({ path: paths.state, identity, instanceId, version, logFile, reason, audit, now });
    state = file;
    const bus = createEventBus();
    const gate = createGate();
    const trim = startIdleTrim();
    // Whoever writes an event down, or sends it, leaves something behind.
    bus.subscribe(trim.touch);
    const requests = { line: 0, control: 0 };
    const configs = createConfigStore(paths.configs, (name, why) =>
      audit("ERROR", `config ${JSON.stringify(name)} is not listed: ${why}`),
    );
    const versions = createVersionProbe();
    const program = createProgram({ paths, settings, environment, audit, onDownload: options.onDownload });
    const driver = createDrivers({
      paths,
      configs,
      program,
      versions,
      onQuiet: trim.touch,
      now,
      register: file.children,
      environment,
      range: settings.socks,
      isReserved: (port, owner) =>
        isReservedPort(settings, port, owner) ||
        file.wanted.list().some(({ socksPort, config }) => socksPort === port && config !== owner),
      audit,
    });

    let isSucceeded = false;
    let room = Promise.withResolvers<TunnelsRoom>();
    const door = await openLineDoor({
      host: "127.0.0.1",
      port: settings.port,
      descriptor: takeOver?.listener,
      slot: async () => (await room.promise).slot,
      pass: (run, line) => gate.pass(run, () => askSuccessor(door.port, line, LINGER_MS)),
      listConfigs: configs.list,
      version,
      audit,
      onActivity() {
        requests.line += 1;
        trim.touch();
      },
    });
    const { createEventService } = await loadEventService();
    const events = createEventService({
      path: paths.database,
      settings: settings.stream,
      bus,
      version,
      audit,
      now,
      onActivity: trim.touch,
      say,
    });
    audit("INFO", `Starting daemon mode, version ${version}, process ${process.pid}, port ${door.port}`);
    await openRoom();
    await takeOver?.confirm();

    const handOver = createHandOver({
      arguments: ["--daemon", "-p", String(door.port), "--home", paths.home],
      environment,
      lend: () => ({ listener: door.duplicateSocket(), lock: lock.descriptor }),
      async freeze() {
        // Before anybody has to wait: listeners may take their time.
        await events.announceEnd("another process takes over");
        await events.hangUp();
        await gate.close();
        door.stopListening();
        control.closePort();
        const former = await room.promise;
        room = Promise.withResolvers();
        await former.release();
        await events.close();
        file.release();
      },
      async resume(listener) {
        lock.describe(holder);
        file.reclaim();
        door.listenAgain(listener);
        control.openPort();
        events.open();
        await openRoom();
        gate.open();
        audit("INFO", "Carrying on: nobody has taken over");
      },
      async leave(successor) {
        isSucceeded = true;
        // Before our end, which the manager would take for the end of the service.
        notifyService(`MAINPID=${successor.pid}`, environment);
        gate.redirect();
        audit("INFO", `Process ${successor.pid}, version ${successor.version}, has taken over`);
        await settlesWithin(Promise.all([door.deserted(), control.answered()]), LINGER_MS);
        options.onSucceeded();
      },
      returnListener: closeSync,
    });
    const controlParts = {
      path: paths.control,
      tcpPort: settings.controlPort,
      secret: settings.controlPort === undefined ? new Uint8Array() : loadControlSecret(paths),
      service: createControlService({
        paths,
        state: file,
        bus,
        events,
        version,
        port: door.port,
        gate,
        handOver,
        room: () => room.promise,
        listConfigs: configs.list,
        program: program.found,
        requests: () => requests,
        onStop: () => options.onStop("cli-stop"),
      }),
      onActivity() {
        requests.control += 1;
        trim.touch();
      },
      audit,
      now,
    };
    const control = openControlDoor(controlParts, takeOver !== undefined);
    const heartbeat = startHeartbeat({
      state: file,
      executable: ownExecutable(),
      handOver: handOver.begin,
      onStop: options.onStop,
      onBeat: trim.afterLook,
      audit,
    });
    events.open();
    file.tell("running", "ready");
    audit("INFO", "Daemon initialized and starting TCP server");
    say(`WireProxy Server listening on 127.0.0.1:${door.port}`);
    notifyService(`READY=1\nMAINPID=${process.pid}\nSTATUS=serving 127.0.0.1:${door.port}`, environment);
    program
      .provide()
      .then((path) => {
        say(`WireProxy binary ready at: "${path}"`);
        // Asked before the first tunnel needs it: its answer is in the header of every session log.
        return versions(path);
      })
      .catch((error) => say(describeError(error)));

    return {
      port: door.port,
      async stop(why) {
        if (isSucceeded) return;
        notifyService("STOPPING=1", environment);
        file.tell("stopping", why);
        heartbeat.stop();
        door.stop();
        trim.stop();
        program.stop();
        await events.announceEnd(`the daemon stops (${why})`);
        const stopped = (await room.promise).stop();
        // Listeners need not wait for a child that takes its time.
        await settlesWithin(stopped, LAST_EVENTS_MS);
        await events.hangUp();
        await stopped;
        await events.close();
        control.stop();
        file.tell("stopped", why);
        audit("INFO", `Daemon stopped (${why})`);
        lock.release();
      },
      kill() {
        for (const child of file.children.list()) {
          if (child.process !== null) signalGroup(child.process, "SIGKILL");
        }
      },
      crash(why, detail) {
        audit("ERROR", `${why}: ${detail}`);
        file.tell("crashed", why, detail);
      },
      describe() {
        audit("INFO", `diagnostics: ${JSON.stringify({ ...file.current(), memory: process.memoryUsage() })}`);
      },
    };

    async function openRoom(): Promise<void> {
      room.resolve(
        openTunnelsRoom({
          driver,
          findConfig: configs.nameOf,
          configFolder: paths.configs,
          settings,
          state: file,
          bus,
          audit,
          now,
          onLook: trim.afterLook,
        }),
      );
      await room.promise;
    }
  } catch (error) {
    // A candidate that fails leaves the file to the daemon before, which carries on.
    if (takeOver === undefined) state?.tell("failed", reasonOf(error), describeError(error));
    lock.release();
    audit("ERROR", `[initialization] ${describeError(error)}`);
    throw error;
  }
}

/** It takes 5 ms: a successor has it before anybody waits for it, every other daemon after it has begun to listen. */
function loadEventService() {
  return import("./parts/events.ts");
}

function reasonOf(error: unknown): StateReason {
  return error instanceof Failure && error.code === "address-in-use" ? "port-unavailable" : "startup-exception";
}
