import { constants, Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { readHead } from "../../platform/files/files.ts";

/** How long a reader waits for whoever holds the file, in milliseconds: less than a viewer's second. */
const BUSY_MS = 250;

/**
 * What `read` makes of the database at `path`, which is opened for that alone: a daemon that closes it finds nobody there,
 * and takes its write-ahead log away. No file is made beside it, which SQLite would do for a log that is not there.
 * @param path without symbolic links, since the log is beside the file itself. @throws SQLiteError, and the system's error.
 */
export function readOnce<Result>(path: string, read: (database: Database) => Result): Result {
  const before = look(path);
  if (before.isAtRest) {
    try {
      const result = readAtOneMoment(openAlone(path), read);
      // Whoever came meanwhile has begun a log, or has changed the file.
      if (isSame(before, look(path))) return result;
    } catch (error) {
      // A file that changes under a reader without locks may look damaged, which is no fault of the file.
      if (isSame(before, look(path))) throw error;
    }
  }
  return readAtOneMoment(openShared(path), read);
}

type Look = ReturnType<typeof look>;

/** `isAtRest`: the log is not there or empty, and has no index: nobody has the file open, and it is all there is. */
function look(path: string) {
  const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  const isIndexed = statSync(`${path}-shm`, { throwIfNoEntry: false }) !== undefined;
  return { isAtRest: !log?.size && !isIndexed && usesLog(path), mark: `${dev} ${ino} ${size} ${mtimeNs}` };
}

function isSame(one: Look, other: Look): boolean {
  return one.isAtRest === other.isAtRest && one.mark === other.mark;
}

/** Byte 19 of an SQLite file says whether it has a write-ahead log. Without one, readers make no files, but need locks. */
function usesLog(path: string): boolean {
  return readHead(path, 20)[19] === 2;
}

/** The file as it lies there, without locks. */
function openAlone(path: string): Database {
  const address = `${Bun.pathToFileURL(path).href}?immutable=1`;
  return new Database(address, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}

function openShared(path: string): Database {
  const database = new Database(path, { readonly: true });
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    // Only now it shows whether the log can be read.
    database.query("SELECT 1 FROM sqlite_schema").get();
    return database;
  } catch (error) {
    database.close();
    if (!/unable to open|readonly/.test(String(error))) throw error;
    // In a folder that cannot be written to, a reader without the log's index has the file alone.
    return openAlone(path);
  }
}

function readAtOneMoment<Result>(opened: Database, read: (database: Database) => Result): Result {
  using database = opened;
  return database.transaction(() => read(database))();
}
