import { Database, SQLiteError } from "bun:sqlite";
import { Failure } from "../../platform/failure.ts";

type StoredValue = string | number | null;

/** One open database. Statements are prepared at their first use and kept. All methods throw SQLiteError. */
export type DatabaseConnection = ReturnType<typeof wrap>;

/**
 * The loop stands still while SQLite waits for a lock, and with it every tunnel. Readers never lock a WAL database; only
 * somebody who writes into our file makes us wait.
 */
const BUSY_MILLISECONDS = 250;

/** Opens the database at `path`, which exists. @throws SQLiteError where it cannot be opened or is none. */
export function openConnection(path: string): DatabaseConnection {
  // The default of 20 is fewer than the statements that one event after another can need.
  Database.MAX_QUERY_CACHE_SIZE = 64;
  const database = new Database(path, { readwrite: true, create: false });
  try {
    for (const setting of [
      `busy_timeout = ${BUSY_MILLISECONDS}`,
      "journal_mode = WAL",
      "synchronous = FULL",
      // Without it, macOS leaves the data in the disk's own cache.
      "fullfsync = 1",
      // In KiB. A daemon that idles pays for it, and the system's page cache holds the same pages.
      "cache_size = -64",
    ])
      database.run(`PRAGMA ${setting}`);
  } catch (error) {
    database.close(true);
    throw error;
  }
  return wrap(database);
}

/** Whether what is in the file is damaged, as against a disk that does not take or give it. */
export function isDamage(error: unknown): boolean {
  if (error instanceof Failure) return error.code === "state-corrupt";
  return error instanceof SQLiteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code ?? "");
}

function wrap(database: Database) {
  return {
    /** @returns how many rows it changed. */
    run: (sql: string, ...values: readonly StoredValue[]): number =>
      database.query<unknown, StoredValue[]>(sql).run(...values).changes,
    first: <Row>(sql: string, ...values: readonly StoredValue[]): Row | undefined =>
      database.query<Row, StoredValue[]>(sql).get(...values) ?? undefined,
    all: <Row>(sql: string, ...values: readonly StoredValue[]): readonly Row[] =>
      database.query<Row, StoredValue[]>(sql).all(...values),
    /** Everything that `work` writes, or nothing; durable when it returns. */
    transaction<Result>(work: () => Result): Result {
      database.query("BEGIN IMMEDIATE").run();
      try {
        const result = work();
        database.query("COMMIT").run();
        return result;
      } catch (error) {
        // A full disk makes SQLite roll back by itself.
        if (database.inTransaction) database.query("ROLLBACK").run();
        throw error;
      }
    },
    close: (): void => database.close(true),
  };
}
