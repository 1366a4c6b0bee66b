import { Database } from "bun:sqlite";
import { readHead, unlessMissing } from "../../platform/files/files.ts";
import type { DatabaseConnection } from "./connection.ts";
import { refuseNewer } from "./migrations.ts";
import { APPLICATION_ID, TABLES } from "./schema.ts";

/** Why a file cannot be our database; the word is part of the name under which it is set aside. */
export interface Unfit {
  readonly kind: "corrupt" | "foreign";
  /** The end of a sentence that begins with the file. */
  readonly why: string;
}

/**
 * Reads the header alone, so that somebody else's database is not even opened. The two numbers stand at bytes 60 and 68
 * of an SQLite file.
 * @throws the operating system's error where the file cannot be read, Failure `file-unusable` where it is newer than we are.
 */
export function inspectFile(path: string): "absent" | "fit" | Unfit {
  const bytes = unlessMissing(() => readHead(path, 100));
  if (bytes === undefined) return "absent";
  const begin = new TextDecoder("latin1").decode(bytes.subarray(0, 16));
  if (bytes.length < 100 || begin !== "SQLite format 3\0") return { kind: "corrupt", why: "is no SQLite database" };
  const view = new DataView(bytes.buffer);
  if (view.getUint32(68) !== APPLICATION_ID) return { kind: "foreign", why: "is the database of another program" };
  refuseNewer(path, view.getUint32(60));
  return "fit";
}

/** Whether an open database has our tables with our columns. Tables that somebody added do no harm. @throws SQLiteError. */
export function inspectTables(connection: DatabaseConnection): "fit" | Unfit {
  using ours = new Database(":memory:");
  for (const statement of TABLES) ours.run(statement);
  const present = new Set(connection.all<TableRow>(COLUMNS).map(({ columns }) => columns));
  const isOurs = ours
    .query<TableRow, []>(COLUMNS)
    .all()
    .every(({ columns }) => present.has(columns));
  return isOurs ? "fit" : { kind: "foreign", why: "has other tables than ours" };
}

interface TableRow {
  /** The table's name, and those of its columns. */
  readonly columns: string;
}

/** Names alone are compared: a migrated table was made by other statements than a new one. */
const COLUMNS = `SELECT name || ': ' || (SELECT group_concat(name) FROM pragma_table_info(tables.name)) AS columns
  FROM sqlite_schema AS tables WHERE type = 'table'`;
