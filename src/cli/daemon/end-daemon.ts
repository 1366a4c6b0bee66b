import { readRecordedDaemon } from "../../daemon/state/recorded-daemon.ts";
import { Failure, systemCode } from "../../platform/failure.ts";
import type { Paths } from "../../platform/files/paths.ts";
import {
  holdsFile,
  identifyProcess,
  isStillRunning,
  type ProcessIdentity,
} from "../../platform/process/process-identity.ts";
import { climbStopLadder, endsWithin, type StopSignal } from "../../platform/process/stop-ladder.ts";
import { explainAbsence, isAbsence } from "./absence.ts";
import type { ControlClient } from "./control-client.ts";

/** How long each step may take, in milliseconds. A daemon that stops in order takes 3.5 s at most. */
const STOP_LIMITS = { request: 5_000, SIGTERM: 3_000, SIGKILL: 3_000 } as const;

export type StopStep = keyof typeof STOP_LIMITS;

/**
 * Ends the daemon: asks it, then SIGTERM, then SIGKILL. Nothing is signalled that is not certainly the daemon: the process
 * that answers on its socket, or the one on record with the same start time.
 * @returns its number, and what ended it.
 * @throws Failure `daemon-not-started`, `daemon-not-running`, `permission-denied`, `stop-failed`.
 */
export async function endDaemon(
  control: Pick<ControlClient, "identity" | "stop">,
  paths: Pick<Paths, "state" | "home" | "lock">,
  limits: { readonly [step in StopStep]: number } = STOP_LIMITS,
): Promise<{ readonly pid: number; readonly step: StopStep }> {
  const answering = await findAnswering(control);
  const daemon = answering ?? findRecorded(paths);
  const { pid } = daemon;
  if (answering !== undefined) {
    // The end of the process says more than its answer.
    control.stop().catch(() => undefined);
    if (await endsWithin(daemon, limits.request)) return { pid, step: "request" };
  }
  const step = await climbStopLadder(
    limits,
    (name) => signal(daemon, name),
    (milliseconds) => endsWithin(daemon, milliseconds),
  );
  if (step !== undefined) return { pid, step };
  throw new Failure("stop-failed", `process ${pid} does not end, not even by SIGKILL`, {
    hint: "the system holds it, in most cases for a disk or a network file system that does not answer",
  });
}

async function findAnswering(control: Pick<ControlClient, "identity">): Promise<ProcessIdentity | undefined> {
  try {
    return identifyProcess((await control.identity()).pid);
  } catch (error) {
    const hangs = error instanceof Failure && error.code === "timed-out";
    if (hangs || isAbsence(error)) return undefined;
    throw error;
  }
}

/** A daemon that hangs does not say who it is; a pid alone proves nothing. */
function findRecorded(paths: Pick<Paths, "state" | "home" | "lock">): ProcessIdentity {
  const recorded = readRecordedDaemon(paths)?.process;
  if (recorded === undefined) throw explainAbsence(paths);
  // The file may have been changed; whoever has the lock open is the daemon, whatever it says.
  if (!holdsFile(recorded.pid, paths.lock)) {
    throw new Failure("state-corrupt", `${paths.state} names process ${recorded.pid}, which is not a daemon of ours`, {
      hint: "start a daemon: it writes a new one",
    });
  }
  return recorded;
}

function signal(daemon: ProcessIdentity, name: StopSignal): void {
  if (!isStillRunning(daemon)) return;
  try {
    process.kill(daemon.pid, name);
  } catch (error) {
    if (systemCode(error) !== "EPERM") return;
    throw new Failure("permission-denied", `process ${daemon.pid} belongs to another user`, {
      hint: "run this as the user who started the daemon",
      cause: error,
    });
  }
}
