// One process from start to stop: what it needs before any of its parts (settings, lock, audit log), what ends it, and how
// another takes over.

import { openAuditLog } from "../platform/audit.ts";
import { letGo } from "../platform/containment.ts";
import { describeError, Failure } from "../platform/failure.ts";
import { pathsBelow } from "../platform/files/paths.ts";
import { refuseSharedHome } from "../platform/files/trust.ts";
import { closeSockets } from "../platform/network/lend-listener.ts";
import { holdSignals } from "../platform/process/signals.ts";
import { notifyService } from "../platform/service/notify.ts";
import { pause, settlesWithin } from "../platform/waiting.ts";
import { composeParts, type DaemonOptions } from "./compose-parts.ts";
import { lockHome } from "./home-lock.ts";
import type { Sockets } from "./part.ts";
import { LINGER_MS } from "./parts/line.ts";
import { loadSettings } from "./settings.ts";
import type { StateReason } from "./state/state-document.ts";
import type { StateFile } from "./state/state-file.ts";
import type { HandOver, Successor } from "./succession/hand-over.ts";
import { findTakeOver, HANDOVER_VARIABLE } from "./succession/take-over.ts";

export type Daemon = Awaited<ReturnType<typeof startDaemon>>;

/**
 * Starts the daemon, or takes over from one that has started this process for that; it serves when the call resolves.
 * @throws Failure `lock-held`, `address-in-use`, `settings-invalid`, `file-unusable`, `state-corrupt`, `handover-failed`,
 * `permission-denied`.
 */
export async function startDaemon(options: DaemonOptions) {
  const { environment } = options;
  const paths = pathsBelow(options.home);
  // A successor is handed what its predecessor trusts.
  if (environment[HANDOVER_VARIABLE] === undefined) refuseSharedHome(paths);
  const settings = loadSettings(paths, environment, options);
  const takeOver = findTakeOver(environment, paths.control);
  const lock = takeOver?.lock ?? (await lockHome(paths));
  const audit = openAuditLog(paths.auditLog);
  const { parts, state, line, tunnels, endpoints, control } = composeParts({
    ...options,
    paths,
    settings,
    readSettings: () => loadSettings(paths, environment, options),
    lock,
    audit,
    takeOver,
    handOver: loadHandOver,
  });
  const crash: StateFile["crash"] = (reason, detail, config) => {
    audit("ERROR", `${reason}: ${detail}`);
    state.crash(reason, detail, config);
  };
  options.onComposed({ audit, crash });
  if (process.pid === 1 || takeOver?.isInPlace === true) {
    const { reapOrphans } = await import("../platform/process/reap-orphans.ts");
    reapOrphans();
  }
  let handOver: HandOver | undefined;
  let isSucceeded = false;
  let isStopping = false;
  /** Under way: this process becomes another program. */
  let replacing: Promise<void> | undefined;

  try {
    if (takeOver !== undefined) {
      await parts.load();
      // The daemon before writes to every file until it has let go.
      await takeOver.claim();
    }
    await parts.open(takeOver?.sockets);
    closeSockets(Object.values(takeOver?.sockets ?? {}).flat());
  } catch (error) {
    // A candidate that fails leaves the file to the daemon before, which carries on.
    if (takeOver === undefined) state.fail(reasonOf(error), describeError(error));
    lock.release();
    audit("ERROR", `[initialization] ${describeError(error)}`);
    throw error;
  }

  return {
    /** Ends every tunnel (at most 3.5 s) and all that serves, and gives the lock back. */
    async stop(why: StateReason): Promise<void> {
      // Parts that are frozen for a successor would not stop.
      isStopping = true;
      await handOver?.callOff();
      await replacing;
      if (!isSucceeded) await parts.stop(why);
    },
    /** Reads the settings of endpoints anew. @returns false where there are none: then there is nothing to read anew. */
    reload(): boolean {
      const opened = endpoints.opened();
      // A fault is in the audit log, and in the status.
      if (opened !== undefined)
        letGo(
          "endpoints",
          opened.reload().catch(() => undefined),
        );
      return opened !== undefined;
    },
    /** Kills every child, without waiting and without footers: for whoever cannot wait for `stop`. */
    kill: tunnels.kill,
    /** Writes what it knows into the audit log. */
    describe(): void {
      const known = { ...state.current(), parts: parts.names, memory: process.memoryUsage() };
      audit("INFO", `diagnostics: ${JSON.stringify(known)}`);
    },
  };

  /** The arguments that make a program a daemon like this one. */
  function words(): readonly string[] {
    return ["--daemon", "-p", String(line.port()), "--home", paths.home];
  }

  async function loadHandOver(): Promise<HandOver> {
    const { createHandOver } = await import("./succession/hand-over.ts");
    const { mustKeepNumber } = await import("./succession/replace-in-place.ts");
    handOver ??= createHandOver({
      arguments: words(),
      keepsNumber: mustKeepNumber(environment),
      environment,
      lend: () => ({ sockets: parts.lend(), lock: lock.descriptor }),
      freeze: parts.freeze,
      async resume(sockets) {
        await parts.resume(sockets);
        audit("INFO", "Carrying on: nobody has taken over");
      },
      becomeProgram(program) {
        replacing = becomeProgram(program);
        return replacing;
      },
      leave: (successor) => letGo("hand-over", leave(successor), options.onSucceeded),
    });
    return handOver;
  }

  /** It returns where the program cannot be run, or somebody has asked for the end meanwhile: this daemon then carries on. */
  async function becomeProgram(program: string): Promise<void> {
    const { replaceInPlace } = await import("./succession/replace-in-place.ts");
    await control.drain?.();
    const lent = parts.lend();
    let clients: Sockets = {};
    let signals: ReturnType<typeof holdSignals> | undefined;
    // First: what they ask from now on is for the program to come.
    line.hold();
    try {
      await parts.freeze();
      clients = line.lendClients();
      signals = holdSignals();
      // What came before that is heard first.
      await pause(0);
      if (isStopping) return;
      audit("INFO", `${program} goes on in the place of this program, as process ${process.pid}`);
      replaceInPlace({
        program,
        arguments: words(),
        environment: { ...environment, ...signals.environment },
        sockets: { ...lent, ...clients },
        lock: lock.descriptor,
      });
    } catch (error) {
      audit("ERROR", `Carrying on: ${describeError(error)}`);
    } finally {
      signals?.release();
      line.release(lent[line.listening.name] ?? []);
      await parts.resume(lent);
      closeSockets(Object.values({ ...lent, ...clients }).flat());
    }
  }

  async function leave(successor: Successor): Promise<void> {
    isSucceeded = true;
    // Should the successor be killed while we still serve somebody, the next daemon must not wait for us.
    lock.leave();
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
