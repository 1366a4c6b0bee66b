import { closeSync, openSync, readSync } from "node:fs";
import { systemCode } from "../../platform/failure.ts";
import type { Connection } from "./connection.ts";
import { APPLICATION_ID, SCHEMA_VERSION, TABLES } from "./schema.ts";

/** Why a file cannot be our database; the word is part of the name under which it is set aside. */
export interface Unfit {
  readonly kind: "corrupt" | "foreign";
  /** The end of a sentence that begins with the file. */
  readonly why: string;
}

/**
 * Reads the header alone, so that somebody else's database is not even opened. The two numbers stand at bytes 60 and 68
 * of an SQLite file.
 * @throws the operating system's error where the file cannot be read.
 */
export function inspectFile(path: string): "absent" | "fit" | Unfit {
  const header = readHeader(path);
  if (header === undefined) return "absent";
  const { bytes, length } = header;
  const begin = new TextDecoder("latin1").decode(bytes.subarray(0, 16));
  if (length < bytes.length || begin !== "SQLite format 3\0") return { kind: "corrupt", why: "is no SQLite database" };
  const view = new DataView(bytes.buffer);
  if (view.getUint32(68) !== APPLICATION_ID) return { kind: "foreign", why: "is the database of another program" };
  const version = view.getUint32(60);
  if (version > SCHEMA_VERSION)
    return {
      kind: "foreign",
      why: `was written by a newer wpdaemon (schema ${version}, this one knows ${SCHEMA_VERSION})`,
    };
  return "fit";
}

/** What the schema of an open database lacks. Tables that somebody added do no harm. @throws SQLiteError. */
export function inspectSchema(connection: Connection): "fit" | Unfit {
  const present = new Set(
    connection
      .all<{ readonly sql: string }>("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
      .map(({ sql }) => sql),
  );
  const isOurs = TABLES.every((table) => present.has(table));
  return isOurs ? "fit" : { kind: "foreign", why: "has other tables than ours" };
}

function readHeader(path: string): { readonly bytes: Uint8Array<ArrayBuffer>; readonly length: number } | undefined {
  try {
    const file = openSync(path, "r");
    try {
      const bytes = new Uint8Array(100);
      return { bytes, length: readSync(file, bytes) };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
