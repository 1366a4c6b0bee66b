import { SQLiteError } from "bun:sqlite";
import { dirname } from "node:path";
import type { Audit } from "../../platform/audit.ts";
import { describeError, Failure, systemCode } from "../../platform/failure.ts";
import { makePrivateFolder } from "../../platform/files/files.ts";
import { type DatabaseConnection, isDamage, openConnection } from "./connection.ts";
import { inspectFile, inspectTables, type Unfit } from "./inspect-file.ts";
import { migrate } from "./migrations.ts";
import { hasTraces, readLastNumber, replaceDatabase } from "./replace-database.ts";
import { createStore, type FeedLimits, type Store } from "./store.ts";

export interface StoreParts {
  /** Where the database is, or is made at the first use. Its folder is made, too. */
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly audit: Audit;
  readonly limits: FeedLimits;
}

/** Opens the database at its first use, and puts a fresh one in the place of one that is damaged or not ours. */
export function keepStore({ path, now, audit, limits }: StoreParts) {
  let open: { readonly store: Store; readonly connection: DatabaseConnection } | undefined;

  function openStore(): Store {
    makePrivateFolder(dirname(path));
    const found = inspectFile(path);
    if (found === "absent") begin(hasTraces(path) ? unrepeatable() : 0, "had left files behind");
    else if (found !== "fit") replace(found);
    const connection = openOurs();
    try {
      const store = createStore(connection, now, limits);
      open = { store, connection };
      return store;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  function openOurs(): DatabaseConnection {
    const connection = openConnection(path);
    try {
      migrate(connection, path, now());
      const tables = inspectTables(connection);
      if (tables === "fit") return connection;
      connection.close();
      replace(tables);
    } catch (error) {
      connection.close();
      throw error;
    }
    return openConnection(path);
  }

  function replace({ kind, why }: Unfit, lastNumber = readLastNumber(path)): void {
    begin(lastNumber ?? unrepeatable(), why, kind);
  }

  function begin(lastNumber: number, why: string, kind: Unfit["kind"] = "corrupt"): void {
    const target = replaceDatabase(path, kind, lastNumber, now());
    if (target === undefined) return;
    audit("ERROR", `${path} ${why}: it is now ${target}, and a new database was begun in its place`);
  }

  /** Higher than any number of before, unless there were more than a thousand events in each second ever since 1970. */
  function unrepeatable(): number {
    return Math.floor(now() / 1_000) * 1_000;
  }

  function replaceDamaged(error: unknown): void {
    const damaged = open;
    open = undefined;
    damaged?.connection.close();
    replace({ kind: "corrupt", why: `is damaged (${describeError(error)})` }, damaged?.store.lastSeq);
  }

  return {
    /**
     * Gives `work` the store. A damaged database is set aside, and `work` done with a fresh one.
     * @throws Failure `file-unusable` where the disk does not take or give something, or the database is too new.
     */
    use<Result>(work: (store: Store) => Result): Result {
      try {
        try {
          return work(open?.store ?? openStore());
        } catch (error) {
          if (!isDamage(error)) throw error;
          replaceDamaged(error);
          return work(openStore());
        }
      } catch (error) {
        throw explain(path, error);
      }
    },
    /** Closes the store if it is open; the next use opens it again. @throws Failure `file-unusable`; it is closed all the same. */
    close(): void {
      try {
        open?.store.close();
      } catch (error) {
        throw explain(path, error);
      } finally {
        open = undefined;
      }
    },
  };
}

/** Codes that a disk, its file system or another program's lock can cause; any other code is a fault of this program. */
const DISK_CODES = /^(SQLITE_(FULL|IOERR|BUSY|READONLY|CANTOPEN|PERM|NOMEM|PROTOCOL|NOLFS)|E[A-Z]+$)/;

function explain(path: string, error: unknown): unknown {
  const code = error instanceof SQLiteError ? error.code : systemCode(error);
  if (code === undefined || !DISK_CODES.test(code)) return error;
  return new Failure("file-unusable", `cannot use the event database ${path}: ${describeError(error)} (${code})`, {
    hint: "make room on its disk, or its folder readable and writable, and try again; nothing was accepted",
    cause: error,
  });
}
