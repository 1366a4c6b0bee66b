// One process from start to stop: the composition root, and what belongs to the process as a whole (lock, settings,
// state file, audit log, signals). Every room is built below; this one hands them to each other.

import { startLineApi } from "../api/line/server.ts";
import type { LineServer } from "../net/line-server.ts";
import { describeError, Failure, systemCode } from "../platform/failure.ts";
import { makePrivateFolder } from "../platform/files.ts";
import { acquireLock } from "../platform/lock.ts";
import { startIdleTrim } from "../platform/memory-trim.ts";
import { type Paths, pathsBelow } from "../platform/paths.ts";
import { signalGroup } from "../platform/process-identity.ts";
import { createArgusSlot } from "../tunnels/argus-slot.ts";
import { createTunnelManager } from "../tunnels/manager.ts";
import { createConfigStore } from "../tunnels/wireproxy/config/store.ts";
import { createWireproxyDriver } from "../tunnels/wireproxy/driver.ts";
import type { DownloadProgress } from "../tunnels/wireproxy/program/download.ts";
import { createProgramProvider } from "../tunnels/wireproxy/program/provider.ts";
import { createVersionProbe } from "../tunnels/wireproxy/program/version.ts";
import { openAuditLog } from "./audit-log.ts";
import { identifyPortHolder } from "./port-holder.ts";
import { loadSettings } from "./settings.ts";
import { openStateFile } from "./state-file.ts";

export interface DaemonOptions {
  /** The installation's folder, `~/.argus` for most. */
  readonly home: string;
  readonly port?: number | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Where the operator reads: one line each. */
  readonly say: (line: string) => void;
  /** Told how far the download of wireproxy is. */
  readonly onDownload: (progress: DownloadProgress) => void;
}

export interface Daemon {
  readonly port: number;
  /** Closes the doors, ends every tunnel (at most 3.5 s) and gives the lock back. */
  stop(): Promise<void>;
  /** Kills every child, without waiting and without footers: for whoever cannot wait for `stop`. */
  kill(): void;
}

/**
 * Starts the daemon; it listens when the call resolves.
 * @throws Failure `lock-held`, `address-in-use`, `settings-invalid`, `file-unusable`.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { environment, say } = options;
  const paths = pathsBelow(options.home);
  const settings = loadSettings(paths, environment, options);
  const lock = lockHome(paths);
  const audit = openAuditLog(paths.auditLog);
  try {
    const state = openStateFile(paths.state, audit);
    const configs = createConfigStore(paths.configs, {
      onSkipped: (name, reason) => audit("ERROR", `config ${JSON.stringify(name)} is not listed: ${reason}`),
    });
    const versions = createVersionProbe();
    const program = createProgramProvider({
      whereToLook: {
        configured: settings.program,
        environment: environment["WPDAEMON_WIREPROXY"],
        installed: paths.program,
        searchPath: environment["PATH"],
      },
      // The room costs memory and is needed once in the life of an installation.
      async install(signal, onProgress) {
        const { installProgram } = await import("../tunnels/wireproxy/program/install.ts");
        const { platform, arch } = process;
        await installProgram({ paths, mirror: settings.mirror, platform, arch, signal, onProgress });
      },
      audit,
      onProgress: options.onDownload,
    });
    const driver = createWireproxyDriver({ paths, configs, program, versions, register: state, environment, audit });
    const manager = createTunnelManager({
      driver,
      findConfig: configs.nameOf,
      register: state,
      audit,
    });
    const trim = startIdleTrim();

    const adoption = Promise.withResolvers<void>();
    const door = await openDoor(settings.port, (port) =>
      startLineApi({
        host: "127.0.0.1",
        port,
        slot: adoption.promise.then(() => createArgusSlot(manager)),
        listConfigs: configs.list,
        version: options.version,
        audit,
        onActivity: trim.touch,
      }),
    );
    audit("INFO", `Starting daemon mode, version ${options.version}, process ${process.pid}, port ${door.port}`);
    adoption.resolve(manager.adoptAll());
    await adoption.promise;
    audit("INFO", "Daemon initialized and starting TCP server");
    say(`WireProxy Server listening on 127.0.0.1:${door.port}`);
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
      async stop() {
        door.stop();
        trim.stop();
        program.stop();
        await manager.stopAll();
        state.removeIfEmpty();
        audit("INFO", "Daemon stopped");
        lock.release();
      },
      kill() {
        for (const child of state.list()) if (child.process !== null) signalGroup(child.process, "SIGKILL");
      },
    };
  } catch (error) {
    lock.release();
    audit("ERROR", `[initialization] ${describeError(error)}`);
    throw error;
  }
}

function lockHome(paths: Paths): { release(): void } {
  try {
    makePrivateFolder(paths.own);
    return acquireLock(paths.lock);
  } catch (error) {
    if (error instanceof Failure && error.code === "lock-held") {
      throw new Failure("lock-held", `another wpdaemon already serves ${paths.home}: ${error.message}`, {
        hint: "stop that one first, or give this one its own folder with --home",
      });
    }
    throw error instanceof Failure
      ? error
      : new Failure("file-unusable", `cannot use ${paths.own}: ${systemCode(error) ?? describeError(error)}`, {
          hint: "make it a folder that you may write to, or choose another with --home",
          cause: error,
        });
  }
}

async function openDoor(port: number, open: (port: number) => LineServer): Promise<LineServer> {
  try {
    return open(port);
  } catch (error) {
    if (systemCode(error) !== "EADDRINUSE") {
      throw new Failure("address-in-use", `cannot listen on 127.0.0.1:${port}: ${systemCode(error) ?? "refused"}`, {
        hint: "choose another port with -p",
        cause: error,
      });
    }
    throw new Failure("address-in-use", `127.0.0.1:${port} is already taken by ${await identifyPortHolder(port)}`, {
      hint: "stop it first, or choose another port with -p",
    });
  }
}
