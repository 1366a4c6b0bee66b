import { describeError, Failure, systemCode } from "../platform/failure.ts";
import { makePrivateFolder } from "../platform/files.ts";
import { acquireLock, type Lock } from "../platform/lock.ts";
import type { Paths } from "../platform/paths.ts";

/** One daemon serves an installation. @throws Failure `lock-held` naming the other, `file-unusable`. */
export function lockHome(paths: Paths): Lock {
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
