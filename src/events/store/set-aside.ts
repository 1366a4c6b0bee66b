import { Database } from "bun:sqlite";
import { existsSync, readdirSync, renameSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Unfit } from "./inspect-file.ts";

/** SQLite's own files beside a database. They belong to it, and would spoil another one in its place. */
const COMPANIONS = ["-wal", "-shm", "-journal"] as const;

/**
 * Renames a database and the files that belong to it; nothing is ever overwritten.
 * @param now milliseconds since the epoch; a part of the new name.
 * @returns the database's new path; undefined where there was nothing. @throws the operating system's error.
 */
export function setAside(path: string, kind: Unfit["kind"], now: number): string | undefined {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const target = firstFree(`${path}.${kind}-${time}`);
  // The database goes first: one that was left without its log would look sound, and be older than it is.
  const present = ["", ...COMPANIONS].filter((suffix) => existsSync(`${path}${suffix}`));
  for (const suffix of present) renameSync(`${path}${suffix}`, `${target}${suffix}`);
  return present.length === 0 ? undefined : target;
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
  try {
    const database = new Database(path, { readonly: true });
    try {
      const row = database.query<{ readonly reserved: unknown }, []>("SELECT reserved FROM numbering").get();
      const number = row?.reserved;
      return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
    } finally {
      database.close(true);
    }
  } catch {
    return undefined;
  }
}

function firstFree(name: string): string {
  let candidate = name;
  for (let attempt = 2; ["", ...COMPANIONS].some((suffix) => existsSync(`${candidate}${suffix}`)); attempt += 1)
    candidate = `${name}-${attempt}`;
  return candidate;
}
