import { Failure } from "../../../platform/failure.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, type Diagnosis, fine, warn } from "../diagnosis.ts";

const CHECK = "lock";

/** Whether the lock of the installation is held by whoever serves it. */
export async function checkLock({
  daemon: { lock, status },
  paths,
}: Pick<Circumstances, "daemon" | "paths">): Promise<readonly Diagnosis[]> {
  if (lock instanceof Failure) return [blame(CHECK, lock.message, lock.hint ?? null)];
  const daemon = status instanceof Failure ? undefined : status.daemon.pid;
  const holder = lock.holder === undefined ? "another process" : `process ${lock.holder}`;
  if (daemon === undefined) {
    if (!lock.isHeld) return [fine(CHECK, "nobody holds it")];
    return [
      warn(
        CHECK,
        `${holder} holds it, but does not answer`,
        "it may be starting; wpdaemon stop ends a daemon that hangs",
      ),
    ];
  }
  if (!lock.isHeld) {
    const remedy = "somebody has removed the file; wpdaemon stop, then wpdaemon start";
    return [blame(CHECK, `the daemon does not hold ${paths.lock}, so a second one could start`, remedy)];
  }
  if (lock.holder === daemon) return [fine(CHECK, "the daemon holds it")];
  return [
    warn(
      CHECK,
      `${holder} holds it, and the daemon that answers is process ${daemon}`,
      "ask again: one may be taking over",
    ),
  ];
}
