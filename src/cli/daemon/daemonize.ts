import { closeSync, fstatSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { IdentityEntry } from "../../api/control/schemas.ts";
import { EXIT } from "../../platform/exit-codes.ts";
import { Failure, folderUnusable, systemCode } from "../../platform/failure.ts";
import { openLogFile, replaceFile } from "../../platform/files/files.ts";
import { pathsBelow } from "../../platform/files/paths.ts";
import { refuseSharedHome } from "../../platform/files/trust.ts";
import { RUNTIME_OPTIONS } from "../../platform/process/runtime-options.ts";
import { ownCommand } from "../../platform/process/self.ts";
import { pause } from "../../platform/waiting.ts";
import { unlessAbsent } from "./absence.ts";
import { createControlClient } from "./control-client.ts";

/** How long a daemon may take until it is ready: it may have many tunnels to adopt. */
const READY_WITHIN_MS = 15_000;

/** How long to wait for a daemon that has the lock, and is not ready, before the next try. */
const TRIES_AGAIN_AFTER_MS = 200;

/** As much as a state file of some tunnels: a disk may have room for one byte, and none for that. */
const PROBE_BYTES = 16_384;

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
 * @throws Failure `permission-denied` for a home that others may write to, `start-failed` with the daemon's last words, and what asking a daemon may throw.
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

  refuseSharedHome(paths);
  const before = openLog();
  const { size } = fstatSync(before);
  closeSync(before);
  const deadline = performance.now() + READY_WITHIN_MS;
  let child = spawnDaemon();
  let isHeld = false;
  while (performance.now() < deadline) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    const daemon = await findReady();
    if (daemon?.pid === child.pid) return { daemon, started: true, log: paths.log };
    // Of two that start at once, one serves, and the other waits for it; one that stops makes room.
    if (ended && daemon !== undefined) return { daemon, started: false, log: paths.log };
    if (ended && child.exitCode !== EXIT.lockHeld) throw new Failure("start-failed", ...(await describeEnd()));
    if (ended) {
      isHeld = true;
      await pause(TRIES_AGAIN_AFTER_MS);
      if ((await findReady()) === undefined) child = spawnDaemon();
    }
    await Promise.race([pause(20), child.exited]);
  }
  child.kill("SIGTERM");
  if (isHeld) {
    throw new Failure("lock-held", `another wpdaemon serves ${home}, and nobody answers on ${paths.control}`, {
      hint: "wpdaemon doctor tells what is wrong with it; wpdaemon stop ends it, by force if need be",
    });
  }
  throw new Failure("start-failed", `the daemon was not ready within ${READY_WITHIN_MS / 1_000} s, and was ended`, {
    hint: `its log is ${paths.log}`,
  });

  function spawnDaemon() {
    const descriptor = openLog();
    const spawned = Bun.spawn([...command, "--daemon", ...serveOptions(home, port)], {
      cwd: "/",
      detached: true,
      stdio: ["ignore", descriptor, descriptor],
      env: { ...RUNTIME_OPTIONS, ...process.env, WPDAEMON_DETACHED: "1" },
    });
    closeSync(descriptor);
    spawned.unref();
    return spawned;
  }

  function openLog(): number {
    try {
      return openLogFile(paths.log);
    } catch (error) {
      throw folderUnusable(error, paths.own);
    }
  }

  async function findReady(): Promise<IdentityEntry | undefined> {
    const identity = await unlessAbsent(control.identity());
    return identity?.state === "starting" || identity?.state === "stopping" ? undefined : identity;
  }

  async function describeEnd(): Promise<[string, { hint: string }]> {
    const words = Bun.stripANSI(await Bun.file(paths.log).slice(size).text()).replace(
      /^(?:wpdaemon: |\d{4}-\d\d-\d\d \d\d:\d\d:\d\d )/gm,
      "",
    );
    const refusal = words.trim() === "" ? findRefusal(paths.own) : undefined;
    if (refusal === undefined) {
      return [`the daemon ended at once: ${words.trim() || "it printed nothing"}`, { hint: `its log is ${paths.log}` }];
    }
    return [`the daemon cannot write below ${paths.own}: ${refusal}`, { hint: "make room on that disk" }];
  }
}

/** Why nothing can be written into a folder, not even the last words of a daemon; undefined where it can. */
function findRefusal(folder: string): string | undefined {
  try {
    const probe = join(folder, "probe");
    replaceFile(probe, "x".repeat(PROBE_BYTES), "kill");
    rmSync(probe);
    return undefined;
  } catch (error) {
    return systemCode(error);
  }
}

/** The words that name an installation and a port to a daemon. */
export function serveOptions(home: string, port: number | undefined): readonly string[] {
  return port === undefined ? ["--home", home] : ["--home", home, "-p", String(port)];
}
