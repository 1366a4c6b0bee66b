import { explainRefusal, Failure, folderUnusable } from "../platform/failure.ts";
import { makePrivateFolder } from "../platform/files/files.ts";
import { type Lock, lockWhenFree, tryLock } from "../platform/files/lock.ts";
import type { Paths } from "../platform/files/paths.ts";
import { identifyProcess } from "../platform/process/process-identity.ts";

/** A process that was killed keeps its files for 5 to 20 ms, and longer where memory is short. */
const DEAD_WITHIN_MS = 2_000;
const LOOK_MS = 5;

/**
 * One daemon serves an installation; one that is dying is waited for. @throws Failure `lock-held` naming the other,
 * `permission-denied`, `usage`, `file-unusable`.
 */
export async function lockHome(paths: Paths): Promise<Lock> {
  try {
    makePrivateFolder(paths.own);
    const attempt = tryLock(paths.lock);
    if ("release" in attempt) return attempt;
    const isDying = attempt.holder !== undefined && identifyProcess(attempt.holder) === undefined;
    return await lockWhenFree(paths.lock, { milliseconds: isDying ? DEAD_WITHIN_MS : 0, every: LOOK_MS });
  } catch (error) {
    if (error instanceof Failure && error.code === "lock-held") {
      throw new Failure("lock-held", `another wpdaemon already serves ${paths.home}: ${error.message}`, {
        hint: "stop that one first, or give this one its own folder with --home",
      });
    }
    if (error instanceof Failure) throw explainRefusal(error.cause, error.message) ?? error;
    throw folderUnusable(error, paths.own);
  }
}
