import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { copyFileSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findLastKnownState } from "../../../src/viewer/database/last-known-state.ts";
import { readOnce } from "../../../src/viewer/database/read-once.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { makeDatabase, NOW } from "../fixture-database.ts";

/** A database with a write-ahead log, as a daemon has it open. */
function beginDatabase() {
  const folder = temporaryFolder();
  const path = join(folder.path, "a.db");
  const writer = openWriter(path);
  writer.run("CREATE TABLE numbers (number)");
  writer.run("INSERT INTO numbers VALUES (1)");
  return {
    path,
    folder: folder.path,
    writer,
    files: () => readdirSync(folder.path).sort(),
    [Symbol.dispose]() {
      writer.close();
      folder[Symbol.dispose]();
    },
  };
}

function openWriter(path: string): Database {
  const writer = new Database(path, { create: true });
  writer.run("PRAGMA journal_mode = WAL");
  return writer;
}

const sum = (database: Database) => database.query<{ sum: number }, []>("SELECT sum(number) AS sum FROM numbers").get();

test("a database that nobody has open is read as it lies there, and no file is made", () => {
  using scene = beginDatabase();
  scene.writer.close(true);
  const before = Bun.hash(readFileSync(scene.path));
  expect(scene.files()).toEqual(["a.db"]);
  expect(readOnce(scene.path, sum)).toEqual({ sum: 1 });
  expect(scene.files()).toEqual(["a.db"]);
  expect(Bun.hash(readFileSync(scene.path))).toBe(before);
});

test("what stands in the log of whoever has it open is read, and its last closing takes the log away", () => {
  using scene = beginDatabase();
  expect(readOnce(scene.path, sum)).toEqual({ sum: 1 });
  scene.writer.run("INSERT INTO numbers VALUES (2)");
  expect(readOnce(scene.path, sum)).toEqual({ sum: 3 });
  scene.writer.close(true);
  expect(scene.files()).toEqual(["a.db"]);
});

test("a writer that comes is seen by the next reading", () => {
  using scene = beginDatabase();
  scene.writer.close(true);
  expect(readOnce(scene.path, sum)).toEqual({ sum: 1 });
  using next = openWriter(scene.path);
  next.run("INSERT INTO numbers VALUES (2)");
  expect(readOnce(scene.path, sum)).toEqual({ sum: 3 });
});

test.each([
  ["is still there", false],
  ["has gone again", true],
])("a writer that comes during the reading and %s: it is read anew", (_, goes) => {
  using scene = beginDatabase();
  scene.writer.close(true);
  const sums: unknown[] = [];
  let next: Database | undefined;
  const read = (database: Database) => {
    sums.push(sum(database));
    if (next === undefined) {
      next = openWriter(scene.path);
      next.run("INSERT INTO numbers VALUES (2)");
      if (goes) next.close(true);
    }
    return sum(database);
  };
  expect(readOnce(scene.path, read)).toEqual({ sum: 3 });
  expect(sums).toEqual([{ sum: 1 }, { sum: 3 }]);
  next?.close();
});

test("the log that a killed daemon left is read, and stays as it is", () => {
  using scene = beginDatabase();
  scene.writer.run("INSERT INTO numbers VALUES (2)");
  const copy = join(scene.folder, "copy.db");
  for (const end of ["", "-wal", "-shm"]) copyFileSync(scene.path + end, copy + end);
  const before = [copy, `${copy}-wal`].map((path) => Bun.hash(readFileSync(path)));
  expect(readOnce(copy, sum)).toEqual({ sum: 3 });
  expect([copy, `${copy}-wal`].map((path) => Bun.hash(readFileSync(path)))).toEqual(before);
});

test("an empty log without its index is no log", () => {
  using scene = beginDatabase();
  scene.writer.close(true);
  writeFileSync(`${scene.path}-wal`, "");
  expect(readOnce(scene.path, sum)).toEqual({ sum: 1 });
  expect(scene.files()).toEqual(["a.db", "a.db-wal"]);
});

test("where a link leads to the database, its log is found", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.db");
  makeDatabase(path);
  using writer = openWriter(path);
  writer.run("UPDATE positions SET size = 9");
  const link = join(folder.path, "link.db");
  symlinkSync(path, link);
  expect(findLastKnownState(link).read(7_001, NOW).positions).toMatchObject([{ size: 9 }]);
  rmSync(link);
});

test("what the reading throws comes through", () => {
  using scene = beginDatabase();
  const fail = () => {
    throw new Error("no");
  };
  expect(() => readOnce(scene.path, fail)).toThrow("no");
  scene.writer.close(true);
  expect(() => readOnce(scene.path, fail)).toThrow("no");
  expect(() => readOnce(join(scene.folder, "none"), sum)).toThrow("ENOENT");
});
