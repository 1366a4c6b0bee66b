import { realpathSync, statSync } from "node:fs";
import { Failure, systemCode } from "../../platform/failure.ts";
import { type LastKnown, readAccount } from "./read-account.ts";
import { readOnce } from "./read-once.ts";

/** The file as it lies there. */
export type DatabaseFile = Readonly<ReturnType<ReturnType<typeof findLastKnownState>["describe"]>>;

/**
 * The last-known-state tables of the daemon, which this never writes to: docs/protocols/events.md, Last known state.
 * @param path the database, which need not be there yet, and is open only while it is read.
 */
export function findLastKnownState(path: string) {
  return {
    /**
     * What they say of an account, at one moment. @param now milliseconds since the epoch.
     * @throws Failure `file-unusable`.
     */
    read(account: number, now: number): LastKnown {
      try {
        return readOnce(realpathSync(path), (database) => readAccount(database, account, now));
      } catch (error) {
        throw explain(path, error);
      }
    },
    /** Size, and time in milliseconds since the epoch, are undefined where there is no file. */
    describe() {
      const file = statSync(path, { throwIfNoEntry: false });
      // What was written last stands in the write-ahead log until it is taken over.
      const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
      const changedAt = file === undefined ? undefined : Math.max(file.mtimeMs, log?.size ? log.mtimeMs : 0);
      return { path, bytes: file?.size, changedAt };
    },
  };
}

function explain(path: string, error: unknown): Failure {
  const isMissing = systemCode(error) === "ENOENT";
  const reason = isMissing ? "there is none yet" : error instanceof Error ? error.message : String(error);
  return new Failure("file-unusable", `cannot read the last known state in ${path}: ${reason}`, {
    hint: isMissing ? "a daemon that serves this home makes one" : "wpdaemon doctor looks at it",
    cause: error,
  });
}
