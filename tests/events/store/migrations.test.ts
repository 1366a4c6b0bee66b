import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type DatabaseConnection, openConnection } from "../../../src/events/store/connection.ts";
import { type Migration, migrate, SCHEMA_VERSION } from "../../../src/events/store/migrations.ts";
import { TABLES } from "../../../src/events/store/schema.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { createFeedScene, lockoutCleared, NOON, note } from "../feed-rig.ts";

const RELEASED = readFileSync(join(import.meta.dir, "..", "fixtures", "wpdaemon-2.0.0.sql"), "utf8");

test("the database of wpdaemon 2.0.0 is used as it is: lockouts stay in force, numbers go on, nothing is set aside", async () => {
  await using scene = createFeedScene();
  writeReleased(scene.path);
  expect([...scene.feed.snapshot()].map(({ type, account_id }) => [type, account_id])).toEqual([
    ["GatewayContract", null],
    ["GatewayUserPosition", 7001],
    ["GatewayUserOrder", 7001],
    ["lockout_set", 7001],
    ["lockout_set", 7002],
  ]);
  expect([...scene.feed.snapshot(7002)].at(-1)?.data).toMatchObject({
    rule_id: "RULE-007",
    locked_until: "2099-11-04T15:10:00.000Z",
  });
  expect(scene.feed.replay(9).events.map(({ seq, type }) => [seq, type])).toEqual([
    [10, "lockout_set"],
    [11, "lockout_set"],
    [12, "daily_reset"],
    [13, "daemon_status"],
  ]);
  expect(await scene.feed.publish([lockoutCleared(7001)])).toEqual([{ accepted: true, seq: 14 }]);
  expect([...scene.feed.snapshot()].filter(({ type }) => type === "lockout_set")).toHaveLength(1);
  expect(scene.messages).toEqual([]);
  expect(readdirSync(dirname(scene.path)).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(["events.db"]);
});

test("all steps from 2.0.0 to here make the tables that a new database has", () => {
  using scene = openReleased();
  migrate(scene.connection, scene.path, NOON);
  const fresh = new Database(":memory:");
  for (const statement of TABLES) fresh.run(statement);
  const shape = `SELECT objects.type, objects.name, columns.name AS column, columns.type AS kind, "notnull", dflt_value, pk
    FROM sqlite_schema AS objects LEFT JOIN pragma_table_info(objects.name) AS columns
    WHERE objects.name NOT LIKE 'sqlite_%' ORDER BY objects.name, cid`;
  expect(scene.connection.all(shape)).toEqual(fresh.query(shape).all());
  expect(versionOf(scene.connection)).toBe(SCHEMA_VERSION);
});

test("an older database takes the steps that it lacks, in order, and keeps its rows", () => {
  using scene = openReleased();
  migrate(scene.connection, scene.path, NOON, [addColumn("note"), addColumn("mark")]);
  expect(versionOf(scene.connection)).toBe(3);
  expect(scene.connection.all("SELECT account_id, note, mark FROM lockouts WHERE is_locked")).toEqual([
    { account_id: 7001, note: "empty", mark: "empty" },
    { account_id: 7002, note: "empty", mark: "empty" },
  ]);
  expect(scene.connection.all("SELECT * FROM schema_version")).toEqual([
    { version: 1, applied_at: expect.any(String) },
    { version: 3, applied_at: "2025-11-04T15:00:00.000Z" },
  ]);
  migrate(scene.connection, scene.path, NOON, [addColumn("note"), addColumn("mark"), addColumn("end")]);
  expect(versionOf(scene.connection)).toBe(4);
});

test("a step that fails takes back those before it", () => {
  using scene = openReleased();
  const fail: Migration = (connection) => void connection.run("ALTER TABLE nowhere ADD COLUMN note");
  expect(() => migrate(scene.connection, scene.path, NOON, [addColumn("note"), fail])).toThrow("nowhere");
  expect(versionOf(scene.connection)).toBe(1);
  expect(() => scene.connection.first("SELECT note FROM lockouts")).toThrow("no such column");
});

test("a step of a newer wpdaemon that only its log knows of is seen, and the file refused", () => {
  using scene = openReleased();
  scene.connection.run("PRAGMA user_version = 9");
  expect(() => migrate(scene.connection, scene.path, NOON)).toThrow("newer wpdaemon: its schema is 9");
});

test("the database of a newer wpdaemon is left alone, and goes on where that version comes back", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1), note(2)]);
  await scene.feed.close();
  setVersion(scene.path, SCHEMA_VERSION + 1);
  const before = readFileSync(scene.path);
  const feed = await scene.reopen();
  expect(await feed.publish([note(3)]).catch((error) => error)).toMatchObject({
    code: "file-unusable",
    message: expect.stringContaining(`newer wpdaemon: its schema is ${SCHEMA_VERSION + 1}`),
    hint: expect.stringContaining("install that version again"),
  });
  expect(() => feed.replay(0)).toThrow("newer wpdaemon");
  await feed.record(note(4));
  expect(feed.fault).toContain("newer wpdaemon");
  expect(readFileSync(scene.path).equals(before)).toBeTrue();
  expect(readdirSync(dirname(scene.path))).toEqual(["events.db"]);
  setVersion(scene.path, SCHEMA_VERSION);
  expect(await feed.publish([note(5)])).toEqual([{ accepted: true, seq: 4 }]);
  expect(feed.replay(2).events.map(({ data }) => data)).toEqual([{ n: 4 }, { n: 5 }]);
});

test("what was accepted outlives a power cut: each commit waits for the disk", () => {
  using scene = openReleased();
  expect(scene.connection.first("PRAGMA synchronous")).toEqual({ synchronous: 2 });
  expect(scene.connection.first("PRAGMA fullfsync")).toEqual({ fullfsync: 1 });
  expect(scene.connection.first("PRAGMA journal_mode")).toEqual({ journal_mode: "wal" });
});

function openReleased() {
  const folder = temporaryFolder();
  const path = join(folder.path, "events.db");
  writeReleased(path);
  const connection = openConnection(path);
  return {
    path,
    connection,
    [Symbol.dispose]() {
      connection.close();
      folder[Symbol.dispose]();
    },
  };
}

function writeReleased(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const database = new Database(path);
  database.run(RELEASED);
  database.close(true);
}

function addColumn(name: string): Migration {
  return (connection) => void connection.run(`ALTER TABLE lockouts ADD COLUMN "${name}" TEXT DEFAULT 'empty'`);
}

function versionOf(connection: DatabaseConnection): number | undefined {
  return connection.first<{ readonly user_version: number }>("PRAGMA user_version")?.user_version;
}

function setVersion(path: string, version: number): void {
  const database = new Database(path);
  database.run(`PRAGMA user_version = ${version}`);
  database.close(true);
}
