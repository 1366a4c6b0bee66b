import { realpathSync } from "node:fs";
import { whereToLook } from "../../daemon/parts/program.ts";
import { loadSettings, type Settings } from "../../daemon/settings.ts";
import type { Environment } from "../../platform/environment.ts";
import { attemptOr, Failure } from "../../platform/failure.ts";
import { findHome } from "../../platform/files/home.ts";
import { findOpenFiles } from "../../platform/files/open-files.ts";
import { type Paths, pathsBelow } from "../../platform/files/paths.ts";
import { listRunningProcesses, type RunningProcess } from "../../platform/process/process-list.ts";
import type { Machine } from "../../tunnels/wireproxy/program/release.ts";
import { choosePort } from "../arguments.ts";
import { createControlClient } from "../daemon/control-client.ts";
import { attempt } from "./attempt.ts";
import { inspectDaemon, isDaemonAlive, type KnownDaemon } from "./known-daemon.ts";
import { classifyProcesses, type Evidence } from "./processes/classify-processes.ts";
import { isDaemonCommand } from "./processes/command-words.ts";

/** All that the checks look at, gathered once. */
export type Circumstances = Readonly<Awaited<ReturnType<typeof gatherCircumstances>>>;

/** Looks at the installation that is meant, and at the machine around it. @throws Failure `usage`. */
export async function gatherCircumstances(
  where: { readonly home?: string | undefined; readonly port?: string | undefined },
  environment: Environment = process.env,
) {
  const paths = pathsBelow(findHome(where.home, environment));
  const named = choosePort(where.port);
  const isPortNamed = where.port !== undefined || environment.WPDAEMON_PORT !== undefined;
  const settings = attempt(() => loadSettings(paths, environment, isPortNamed ? { port: named } : {}));
  const control = createControlClient(paths);
  const { platform, arch }: Machine = process;
  // The state file is read after the processes: one that runs by then is on record.
  const running = attempt(listRunningProcesses);
  const daemon = await inspectDaemon(paths, control);
  return {
    paths,
    environment,
    /** In node's names. */
    platform,
    arch,
    /** The number of the user who asks. */
    user: process.getuid?.() ?? 0,
    /** Milliseconds since the epoch. */
    now: Date.now(),
    /** The line protocol's port that is meant. */
    port: settings instanceof Failure ? named : settings.line.port,
    /** Somebody named that port, by option or environment. */
    isPortNamed,
    settings,
    control,
    daemon,
    processes:
      running instanceof Failure
        ? running
        : attempt(() => classifyProcesses(running, gatherEvidence(paths, running, daemon, settings, environment))),
  };
}

function gatherEvidence(
  paths: Paths,
  running: readonly RunningProcess[],
  daemon: KnownDaemon,
  settings: Settings | Failure,
  environment: Environment,
): Evidence {
  const { status, record, lock, children } = daemon;
  const holder = lock instanceof Failure || !lock.isHeld ? undefined : lock.holder;
  const isServing = running.some((process) => process.pid === holder && isDaemonCommand(process, Bun.main));
  const daemons = [
    status instanceof Failure ? undefined : status.daemon.pid,
    record instanceof Failure ? undefined : record?.process?.pid,
    isServing ? holder : undefined,
  ];
  const look = whereToLook(paths, settings instanceof Failure ? undefined : settings.wireproxy, environment);
  const programs = [look.configured, look.environment || undefined, ...(children ?? []).map(({ program }) => program)];
  return {
    self: process.pid,
    user: process.getuid?.() ?? 0,
    daemons: daemons.filter((pid) => pid !== undefined),
    daemonLives: isDaemonAlive(daemon),
    children,
    tunnels: status instanceof Failure ? [] : status.tunnels.flatMap(({ pid }) => pid ?? []),
    openFiles: findOpenFiles(
      paths,
      running.map(({ pid }) => pid),
    ),
    homes: spell(paths.home),
    lock: paths.lock,
    pipes: paths.pipes,
    configFolders: [paths.configs, paths.derived].flatMap(spell),
    programs: programs.filter((path) => path !== undefined),
    entry: Bun.main,
  };
}

/** A path as it was named, and without links. */
function spell(path: string): readonly string[] {
  return attemptOr([path], () => [path, realpathSync(path)]);
}
