import { closeSync, fstatSync, openSync } from "node:fs";
import type { IdentityEntry } from "../../api/control/schemas.ts";
import { Failure } from "../../platform/failure.ts";
import { makePrivateFolder, PRIVATE_FILE } from "../../platform/files/files.ts";
import { pathsBelow } from "../../platform/files/paths.ts";
import { RUNTIME_OPTIONS } from "../../platform/process/runtime-options.ts";
import { ownCommand } from "../../platform/process/self.ts";
import { pause } from "../../platform/waiting.ts";
import { unlessAbsent } from "./absence.ts";
import { createControlClient } from "./control-client.ts";

/** How long a daemon may take until it is ready: it may have many tunnels to adopt. */
const READY_WITHIN_MS = 15_000;

export interface DaemonStart {
  readonly daemon: IdentityEntry;
  /** False where one ran already. */
  readonly started: boolean;
  /** Where its output goes. */
  readonly log: string;
}

/**
 * Starts a daemon in the background, in a session of its own, its output appended to daemon.log, and waits until it is
 * ready; leaves one alone that runs already.
 * @param port the line protocol's; undefined for what the settings say.
 * @throws Failure `start-failed` with the daemon's last words, and what asking a daemon may throw.
 */
export async function daemonize(
  home: string,
  port: number | undefined,
  command: readonly [string, ...string[]] = ownCommand(),
): Promise<DaemonStart> {
  const paths = pathsBelow(home);
  const control = createControlClient(paths);
  const running = await findReady();
  if (running !== undefined) return { daemon: running, started: false, log: paths.log };

  makePrivateFolder(paths.own);
  const log = openSync(paths.log, "a", PRIVATE_FILE);
  const before = fstatSync(log).size;
  const child = Bun.spawn([...command, "--daemon", ...serveOptions(home, port)], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...RUNTIME_OPTIONS, ...process.env },
  });
  closeSync(log);
  child.unref();
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    const daemon = await findReady();
    if (daemon?.pid === child.pid) return { daemon, started: true, log: paths.log };
    // If two start at once, one of them ends, and the other serves.
    if (ended && daemon !== undefined) return { daemon, started: false, log: paths.log };
    if (ended) throw new Failure("start-failed", await describeEnd(), { hint: `its log is ${paths.log}` });
    await Promise.race([pause(20), child.exited]);
  }
  child.kill("SIGTERM");
  throw new Failure("start-failed", `the daemon was not ready within ${READY_WITHIN_MS / 1_000} s, and was ended`, {
    hint: `its log is ${paths.log}`,
  });

  async function findReady(): Promise<IdentityEntry | undefined> {
    const identity = await unlessAbsent(control.identity());
    return identity?.state === "starting" ? undefined : identity;
  }

  async function describeEnd(): Promise<string> {
    const words = await Bun.file(paths.log).slice(before).text();
    const shown = Bun.stripANSI(words).replace(/^wpdaemon: /gm, "");
    return `the daemon ended at once: ${shown.trim() || "it printed nothing"}`;
  }
}

/** The words that name an installation and a port to a daemon. */
export function serveOptions(home: string, port: number | undefined): readonly string[] {
  return port === undefined ? ["--home", home] : ["--home", home, "-p", String(port)];
}
