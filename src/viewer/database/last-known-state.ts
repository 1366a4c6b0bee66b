import { constants, Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { Failure, systemCode } from "../../platform/failure.ts";
import type { LastKnown } from "../state/apply-rows.ts";
import { readAccount } from "./read-account.ts";

/** The file as it lies there; times are milliseconds since the epoch. */
export interface DatabaseFile {
  readonly path: string;
  /** Undefined where there is no file. */
  readonly bytes: number | undefined;
  readonly changedAt: number | undefined;
}

/** The last-known-state tables of the daemon, which this never writes to; event-stream.md section 8. */
export interface LastKnownState {
  /**
   * What they say of an account, at one moment. @param now milliseconds since the epoch.
   * @throws Failure `file-unusable`.
   */
  read(account: number, now: number): LastKnown;
  describe(): DatabaseFile;
  close(): void;
}

/** How long a reader waits for whoever holds the file, in milliseconds: less than a viewer's second. */
const BUSY_MS = 250;

/** @param path the database, which need not be there yet. */
export function openLastKnownState(path: string): LastKnownState {
  let open: { readonly database: Database; readonly identity: string } | undefined;

  return {
    read(account, now) {
      try {
        const database = current();
        return database.transaction(() => readAccount(database, account, now))();
      } catch (error) {
        close();
        throw describe(error);
      }
    },
    describe() {
      const file = statSync(path, { throwIfNoEntry: false });
      // What was written last stands in the write-ahead log until it is taken over.
      const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
      const changedAt = file === undefined ? undefined : Math.max(file.mtimeMs, log?.size ? log.mtimeMs : 0);
      return { path, bytes: file?.size, changedAt };
    },
    close,
  };

  /** A daemon that sets a corrupt database aside begins another one at the same path. */
  function current(): Database {
    const { dev, ino } = statSync(path);
    const identity = `${dev} ${ino}`;
    if (open?.identity !== identity) {
      close();
      open = { database: openDatabase(), identity };
    }
    return open.database;
  }

  function openDatabase(): Database {
    try {
      const database = new Database(path, { readonly: true });
      database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
      // Only now it shows whether the write-ahead log can be read.
      database.query("SELECT 1 FROM sqlite_schema").get();
      return database;
    } catch (error) {
      if (!/unable to open|readonly/.test(String(error))) throw error;
      // In a folder that cannot be written to, a reader without the log's index has the file alone.
      const address = `${Bun.pathToFileURL(path).href}?immutable=1`;
      return new Database(address, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
    }
  }

  function close(): void {
    open?.database.close();
    open = undefined;
  }

  function describe(error: unknown): Failure {
    const isMissing = systemCode(error) === "ENOENT";
    const reason = isMissing ? "there is none yet" : error instanceof Error ? error.message : String(error);
    return new Failure("file-unusable", `cannot read the last known state in ${path}: ${reason}`, {
      hint: isMissing ? "a daemon that serves this home makes one" : "wpdaemon doctor looks at it",
      cause: error,
    });
  }
}
