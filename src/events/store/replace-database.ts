import { Database } from "bun:sqlite";
import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname } from "node:path";
import { attemptOr } from "../../platform/failure.ts";
import { PRIVATE_FILE, syncFolder } from "../../platform/files/files.ts";
import type { Unfit } from "./inspect-file.ts";
import { SCHEMA_VERSION } from "./migrations.ts";
import { APPLICATION_ID, TABLES } from "./schema.ts";

/** SQLite's own files beside a database. They belong to it, and would spoil another one in its place. */
const COMPANIONS = ["-wal", "-shm", "-journal"] as const;

/**
 * Makes an empty database for the owner alone, and sets aside what is at its place. It is built under another name and
 * renamed, so that a database at `path` is always a whole one.
 * @param kind a part of the name under which the old one is kept.
 * @param lastNumber the last number that may have been given out before.
 * @param now milliseconds since the epoch.
 * @returns where the old one is now; undefined where there was none.
 * @throws SQLiteError, the operating system's error; nothing is at `path` then, or what was there.
 */
export function replaceDatabase(path: string, kind: Unfit["kind"], lastNumber: number, now: number) {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  try {
    closeSync(openSync(temporary, "wx", PRIVATE_FILE));
    fill(temporary, lastNumber, now);
    const target = setAside(path, kind, now);
    renameSync(temporary, path);
    syncFolder(dirname(path));
    return target;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Whether a database was at `path`, or is, as far as the names in its folder tell. */
export function hasTraces(path: string): boolean {
  const name = basename(path);
  return readdirSync(dirname(path)).some(
    (each) =>
      COMPANIONS.some((suffix) => each === `${name}${suffix}`) ||
      each.startsWith(`${name}.corrupt-`) ||
      each.startsWith(`${name}.foreign-`),
  );
}

/** The last number that a database of ours says to have given out; undefined where it cannot say. */
export function readLastNumber(path: string): number | undefined {
  return attemptOr(undefined, () => {
    using database = new Database(path, { readonly: true });
    const row = database.query<{ readonly reserved: unknown }, []>("SELECT reserved FROM numbering").get();
    const number = row?.reserved;
    return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
  });
}

function fill(path: string, lastNumber: number, now: number): void {
  using database = new Database(path, { readwrite: true, create: false });
  // Its journal would be the only other file, and a name that nobody looks for after a crash.
  database.run("PRAGMA journal_mode = MEMORY");
  database.run("PRAGMA synchronous = FULL");
  database.transaction(() => {
    for (const statement of TABLES) database.run(statement);
    database.run("INSERT INTO schema_version VALUES (?, ?)", [SCHEMA_VERSION, new Date(now).toISOString()]);
    // Events up to this number are gone: a client that asks for them is told of a gap.
    database.run("INSERT INTO numbering VALUES (1, ?, ?)", [lastNumber, lastNumber]);
    database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  })();
}

/** Renames a database and the files that belong to it; nothing is ever overwritten. */
function setAside(path: string, kind: Unfit["kind"], now: number): string | undefined {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const target = firstFree(`${path}.${kind}-${time}`);
  // The database goes first: one that was left without its log would look sound, and be older than it is.
  const present = ["", ...COMPANIONS].filter((suffix) => existsSync(`${path}${suffix}`));
  for (const suffix of present) renameSync(`${path}${suffix}`, `${target}${suffix}`);
  return present.length === 0 ? undefined : target;
}

function firstFree(name: string): string {
  let candidate = name;
  for (let attempt = 2; ["", ...COMPANIONS].some((suffix) => existsSync(`${candidate}${suffix}`)); attempt += 1)
    candidate = `${name}-${attempt}`;
  return candidate;
}
