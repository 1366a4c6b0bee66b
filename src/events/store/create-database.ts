import { Database } from "bun:sqlite";
import { closeSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { PRIVATE_FILE, syncFolder } from "../../platform/files/files.ts";
import { SCHEMA_VERSION } from "./migrations.ts";
import { APPLICATION_ID, TABLES } from "./schema.ts";

/**
 * Makes an empty database for the owner alone. It is built under another name and renamed, so that a database at `path`
 * is always a whole one.
 * @param lastNumber the last number that may have been given out before.
 * @param now milliseconds since the epoch.
 * @param clearTheWay moves what is at `path`; it is called once the new file is ready for its place.
 * @throws SQLiteError, the operating system's error; nothing is at `path` then, or what was there.
 */
export function createDatabase(path: string, lastNumber: number, now: number, clearTheWay: () => void): void {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  try {
    closeSync(openSync(temporary, "wx", PRIVATE_FILE));
    fill(temporary, lastNumber, now);
    clearTheWay();
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function fill(path: string, lastNumber: number, now: number): void {
  const database = new Database(path, { readwrite: true, create: false });
  try {
    // Its journal would be the only other file, and a name that nobody looks for after a crash.
    database.run("PRAGMA journal_mode = MEMORY");
    database.run("PRAGMA synchronous = FULL");
    database.transaction(() => {
      for (const statement of TABLES) database.run(statement);
      database.run("INSERT INTO schema_version VALUES (?, ?)", [SCHEMA_VERSION, new Date(now).toISOString()]);
      // What came before is gone: whoever asks for it has to be told so.
      database.run("INSERT INTO numbering VALUES (1, ?, ?)", [lastNumber, lastNumber]);
      database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    })();
  } finally {
    database.close(true);
  }
}
