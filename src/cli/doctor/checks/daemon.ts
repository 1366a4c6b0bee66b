import type { DaemonEntry } from "../../../api/control/schemas.ts";
import { attemptOr, Failure } from "../../../platform/failure.ts";
import { readProcessStat } from "../../../platform/process/proc.ts";
import { VERSION } from "../../../platform/process/self.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, blameFailure, type Findings, fine, warn } from "../diagnosis.ts";
import type { KnownDaemon } from "../known-daemon.ts";
import { findSetAside } from "../processes/leftovers.ts";

/** Whether a daemon runs, how the last one ended, and whether the state file is about the one that answers. */
export function checkDaemon(circumstances: Circumstances): Findings {
  const { status, record } = circumstances.daemon;
  if (status instanceof Failure) return explainSilence(status, circumstances);
  const { daemon } = status;
  const { version, state, stateDetail, address, pid, instanceId } = daemon;
  return [
    ...fine(`version ${version} ${state} on ${address}, process ${pid}`),
    ...(version === VERSION ? [] : warn(`the daemon has version ${version}, this program ${VERSION}`, TAKE_OVER)),
    ...(stateDetail === null ? [] : warn(stateDetail, null)),
    ...checkRecord(record, instanceId),
    ...checkFaults(daemon),
  ];
}

const TAKE_OVER = "let this one take over: wpdaemon restart";

function checkFaults({ faults, ends = [] }: DaemonEntry): Findings {
  const counts = Object.entries(faults?.byPart ?? {}).map(([part, count]) => `${count} in ${part}`);
  const last = faults?.last;
  return [
    ...ends.flatMap(({ at, tunnel, detail }) => {
      const whose = tunnel === null ? "" : `, caused by the tunnel ${tunnel}`;
      return blame(`a daemon has ended by a fault of its own at ${at}${whose}: ${firstLine(detail)}`, REPORT);
    }),
    ...(last == null
      ? []
      : warn(`defects have shown: ${counts.join(", ")}; the last: ${firstLine(last.message)}`, REPORT)),
  ];
}

const REPORT = "it is a defect of wpdaemon; report it with what wpdaemon doctor --bundle gives";

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

function checkRecord(record: KnownDaemon["record"], instanceId: string): Findings {
  if (record instanceof Failure) return blame(record.message, "wpdaemon restart writes a new one");
  if (record?.instanceId === instanceId) return [];
  const message = "the daemon that answers is not the one that its state file speaks of";
  return blame(message, "start anew: wpdaemon stop, then wpdaemon start");
}

function explainSilence(silence: Failure, { daemon: { record }, paths }: Circumstances): Findings {
  const { code, message } = silence;
  const stopped = record instanceof Failure ? undefined : record?.process?.pid;
  if (stopped !== undefined && isStopped(stopped)) {
    return blame(
      `the daemon (process ${stopped}) is stopped, by SIGSTOP or a debugger`,
      `let it go on: kill -CONT ${stopped}`,
    );
  }
  if (code === "daemon-not-started") return fine(`${message}; start one with: wpdaemon start`);
  const isKnown = record !== undefined && !(record instanceof Failure);
  if (code !== "daemon-not-running" || !isKnown) return blameFailure(silence);
  if (record.state === "stopped") return fine(`${message}; start one with: wpdaemon start`);
  return blame(message, `start one with: wpdaemon start; why it ended may stand in ${paths.log}`);
}

/** Only Linux tells. */
function isStopped(pid: number): boolean {
  return process.platform === "linux" && attemptOr(false, () => readProcessStat(pid)?.isStopped === true);
}

/** Whether the lock of the installation is held by whoever serves it. */
export function checkLock({ daemon: { lock, status }, paths }: Circumstances): Findings {
  if (lock instanceof Failure) return blameFailure(lock);
  const daemon = status instanceof Failure ? undefined : status.daemon.pid;
  const holder = lock.holder === undefined ? "another process" : `process ${lock.holder}`;
  if (daemon === undefined) {
    if (!lock.isHeld) return fine("nobody holds it");
    return warn(
      `${holder} holds it, but does not answer`,
      "it may be starting; wpdaemon stop ends a daemon that hangs",
    );
  }
  if (!lock.isHeld) {
    const remedy = "somebody has removed the file; wpdaemon stop, then wpdaemon start";
    return blame(`the daemon does not hold ${paths.lock}, so a second one could start`, remedy);
  }
  if (lock.holder === daemon) return fine("the daemon holds it");
  return warn(
    `${holder} holds it, and the daemon that answers is process ${daemon}`,
    "ask again: one may be taking over",
  );
}

/** unix(7): 108 bytes on Linux, 104 on macOS, a zero at the end. */
const LONGEST = 103;

/** Whether the control socket's path is one that can be bound. */
export function checkSocket({ paths }: Pick<Circumstances, "paths">): Findings {
  const length = Buffer.byteLength(paths.control);
  if (length <= LONGEST) return fine(paths.control);
  return blame(
    `${paths.control} is ${length} bytes long, and a socket's path holds ${LONGEST}`,
    "choose a folder with a shorter path, with --home or ARGUS_HOME",
  );
}

/** State files that were corrupt and set aside. */
export function checkStateFiles({ paths }: Circumstances): Findings {
  const aside = findSetAside(paths.state);
  if (aside.length === 0) return fine("no corrupt state file was set aside");
  return aside.flatMap((path) =>
    warn(
      `a state file was corrupt and set aside as ${path}`,
      "look at the disk; wpdaemon doctor clean removes the file",
    ),
  );
}
