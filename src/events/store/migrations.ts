import { Failure } from "../../platform/failure.ts";
import type { DatabaseConnection } from "./connection.ts";

/** Brings the tables from one version to the next, within the transaction of all the steps that a file needs. */
export type Migration = (connection: DatabaseConnection) => void;

/**
 * The first step leads from version 1, which wpdaemon 2.0.0 wrote, to version 2. Whoever changes TABLES adds a step that
 * makes the same of an older file; a test compares the two.
 */
const MIGRATIONS: readonly Migration[] = [];

const FIRST_VERSION = 1;

/** Stands in the file's header as its user version, and in the table `schema_version`. */
export const SCHEMA_VERSION = FIRST_VERSION + MIGRATIONS.length;

/**
 * Brings an open database of ours up to date in one transaction: all of its steps, or none.
 * @param now milliseconds since the epoch. @throws SQLiteError, Failure `file-unusable` where the file is newer than we are.
 */
export function migrate(connection: DatabaseConnection, path: string, now: number, steps = MIGRATIONS): void {
  const newest = FIRST_VERSION + steps.length;
  const row = connection.first<{ readonly user_version: number }>("PRAGMA user_version");
  const version = Math.max(FIRST_VERSION, row?.user_version ?? FIRST_VERSION);
  refuseNewer(path, version, newest);
  if (version === newest) return;
  connection.transaction(() => {
    for (const step of steps.slice(version - FIRST_VERSION)) step(connection);
    connection.run("INSERT INTO schema_version VALUES (?, ?)", newest, new Date(now).toISOString());
    connection.run(`PRAGMA user_version = ${newest}`);
  });
}

/** @throws Failure `file-unusable` for a version that only a newer wpdaemon understands: its file is left as it is. */
export function refuseNewer(path: string, version: number, newest = SCHEMA_VERSION): void {
  if (version <= newest) return;
  const why = `its schema is ${version}, and this one knows ${newest}`;
  throw new Failure("file-unusable", `the event database ${path} was written by a newer wpdaemon: ${why}`, {
    hint: "install that version again, or move the file away; until then no event is taken",
  });
}
