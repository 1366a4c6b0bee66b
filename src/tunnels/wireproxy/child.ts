import { removeDeathPipe, waitForDeath } from "../../platform/death-pipe.ts";
import { Failure } from "../../platform/failure.ts";
import { isStillRunning, mayBeRunning, type ProcessIdentity, signalGroup } from "../../platform/process-identity.ts";
import { pause, settlesWithin } from "../../platform/waiting.ts";
import type { ChildRecord, ChildRegister } from "../child-record.ts";
import type { Ending, Way } from "../driver.ts";
import { limitLog } from "./log-limit.ts";
import { waitUntilListening } from "./readiness.ts";
import { closeSessionLog } from "./session-log.ts";

/** The stop ladder stays within the 4.5 s that a client waits: reference page wireproxy-daemon.md section 4.3. */
const POLITE_MS = 2_500;
const FORCED_MS = 1_000;

/** When to look whether an adopted process died just before its pipe was opened. */
const FIRST_LOOK_MS = 100;

export interface Child {
  readonly record: ChildRecord;
  readonly identity: ProcessIdentity;
  /** Resolves when the process is gone. */
  readonly death: Promise<unknown>;
}

/**
 * Watches a child from its first moment to the footer of its log, whether we spawned it or found it: finds out when it
 * listens, stops it on request, and on its death closes the log and takes it off the register.
 */
export function superviseChild(child: Child, register: ChildRegister): Way {
  const { record, identity } = child;
  const life = new AbortController();
  const limit = limitLog(record.logFile);
  const ready = Promise.withResolvers<void>();
  let isReady = false;
  let ending: Ending | undefined;
  let stopping: Promise<void> | undefined;

  const ended = child.death.then((): Ending => {
    life.abort();
    limit.stop();
    const how = ending ?? (isReady ? "died" : "died-during-startup");
    closeSessionLog(record.logFile, how, new Date());
    removeDeathPipe(record.pipe);
    register.remove(record.logFile);
    return how;
  });

  waitUntilListening(identity.pid, record.listeners, life.signal).then((listening) => {
    isReady = listening;
    if (listening) ready.resolve();
  });

  return {
    pid: identity.pid,
    logFile: record.logFile,
    listeners: record.listeners,
    startedAt: record.startedAt,
    ready: ready.promise,
    isAlive: () => mayBeRunning(identity),
    ended,
    stop() {
      stopping ??= climbDown();
      return stopping;
    },
  };

  async function climbDown(): Promise<void> {
    ending = "graceful";
    signalGroup(identity, "SIGTERM");
    if (await settlesWithin(ended, POLITE_MS)) return;
    ending = "killed";
    signalGroup(identity, "SIGKILL");
    if (await settlesWithin(ended, FORCED_MS)) return;
    // Later attempts may still succeed: the ladder can be climbed again.
    stopping = undefined;
    throw new Failure("stop-failed", `process ${identity.pid} is still there after SIGKILL`, {
      hint: "it hangs in the kernel, as on a dead network disk; try again when that is mended",
    });
  }
}

/** Resolves when an adopted process, which is not our child, is gone. */
export async function watchAdopted(record: ChildRecord, identity: ProcessIdentity): Promise<void> {
  const pipe = waitForDeath(record.pipe).catch(() => undefined);
  // The pipe tells at once and costs nothing, but not of a death before we opened it. Where somebody removed it, we look.
  await settlesWithin(pipe, FIRST_LOOK_MS);
  if (isStillRunning(identity)) await pipe;
  while (isStillRunning(identity)) await pause(1_000);
}
