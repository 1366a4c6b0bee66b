import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { gapEvent } from "../../api/fake-feed.ts";
import { createFeedScene, NOON, note, position } from "../feed-rig.ts";

const ASIDE = "20251104T150000Z";

test("a file that is no database is set aside whole, and a fresh one begun with higher numbers", async () => {
  await using scene = createFeedScene();
  mkdirSync(dirname(scene.path), { recursive: true });
  writeFileSync(scene.path, "my diary");
  const [answer] = await scene.feed.publish([note(1)]);
  expect(answer).toEqual({ accepted: true, seq: NOON + 1 });
  expect(readFileSync(`${scene.path}.corrupt-${ASIDE}`, "utf8")).toBe("my diary");
  expect(scene.messages).toEqual([
    `ERROR ${scene.path} is no SQLite database: it is now ${scene.path}.corrupt-${ASIDE}, and a new database was begun in its place`,
  ]);
  expect(scene.feed.replay(0)).toEqual({ events: [{ seq: NOON + 1, ...note(1) }], gap: gapEvent(1, NOON) });
});

test("another program's database is set aside with its rows, though it has tables by our names", async () => {
  await using scene = createFeedScene();
  mkdirSync(dirname(scene.path), { recursive: true });
  const other = new Database(scene.path);
  other.run("CREATE TABLE lockouts (account_id INTEGER PRIMARY KEY, is_locked BOOLEAN)");
  other.run("INSERT INTO lockouts VALUES (1, 1)");
  other.close();
  await scene.feed.publish([note(1)]);
  expect(scene.messages[0]).toContain("is the database of another program");
  expect(readRows(`${scene.path}.foreign-${ASIDE}`, "SELECT * FROM lockouts")).toEqual([
    { account_id: 1, is_locked: 1 },
  ]);
});

test("a database with other tables than ours is set aside, and its numbers go on", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1)]);
  await scene.feed.close();
  change(scene.path, "ALTER TABLE orders DROP COLUMN stop_price");
  const feed = await scene.reopen();
  expect(await feed.publish([note(2)])).toEqual([{ accepted: true, seq: 2 }]);
  expect(scene.messages[0]).toContain("has other tables than ours");
});

test("tables that somebody added do no harm", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1)]);
  await scene.feed.close();
  change(scene.path, "CREATE TABLE mine (a)");
  const feed = await scene.reopen();
  expect(feed.replay(0).events).toHaveLength(1);
  expect(scene.messages).toEqual([]);
});

test("pages that turn out to be damaged while the daemon runs: set aside, and what was asked is done with a fresh one", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish(Array.from({ length: 500 }, (_, n) => note(n)));
  await scene.feed.close();
  overwrite(scene.path, 4_096, statSync(scene.path).size - 4_096);
  const feed = await scene.reopen();
  const [answer] = await feed.publish([position(1, 1)]);
  expect(answer).toMatchObject({ accepted: true });
  expect(answer?.accepted === true && answer.seq).toBeGreaterThan(500);
  expect([...feed.snapshot()]).toMatchObject([{ type: "GatewayUserPosition" }]);
  expect(scene.messages).toHaveLength(1);
  expect(scene.messages[0]).toContain("is damaged");
  expect(readdirSync(dirname(scene.path))).toContain(`events.db.corrupt-${ASIDE}`);
});

test("a payload that is no JSON any more is damage, and the numbers go on", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1), note(2)]);
  change(scene.path, "UPDATE events SET body = '{\"n\":' WHERE seq = 1");
  expect(scene.feed.replay(0)).toEqual({ events: [], gap: gapEvent(1, 2) });
  expect(await scene.feed.publish([note(3)])).toEqual([{ accepted: true, seq: 3 }]);
  expect(scene.messages[0]).toContain("is damaged (an event's payload in the database is damaged)");
});

test("a log without its database is not played into a new one", async () => {
  await using scene = createFeedScene();
  mkdirSync(dirname(scene.path), { recursive: true });
  writeFileSync(`${scene.path}-wal`, "what is left");
  expect(await scene.feed.publish([note(1)])).toEqual([{ accepted: true, seq: NOON + 1 }]);
  expect(readFileSync(`${scene.path}.corrupt-${ASIDE}-wal`, "utf8")).toBe("what is left");
  expect(scene.messages).toHaveLength(1);
});

test("numbers do not repeat where the old database was moved and no new one made", async () => {
  await using scene = createFeedScene();
  mkdirSync(dirname(scene.path), { recursive: true });
  writeFileSync(`${scene.path}.corrupt-20240101T000000Z`, "");
  expect(scene.feed.lastSeq).toBe(NOON);
  expect(scene.messages).toEqual([]);
});

test("nothing that was set aside is overwritten, even within one second", async () => {
  await using scene = createFeedScene();
  mkdirSync(dirname(scene.path), { recursive: true });
  for (const text of ["first", "second", "third"]) {
    await scene.feed.close();
    writeFileSync(scene.path, text);
    await (await scene.reopen()).publish([note(1)]);
  }
  const kept = ["", "-2", "-3"].map((end) => readFileSync(`${scene.path}.corrupt-${ASIDE}${end}`, "utf8"));
  expect(kept).toEqual(["first", "second", "third"]);
});

test("what an interrupted beginning left is no obstacle", async () => {
  await using scene = createFeedScene();
  mkdirSync(dirname(scene.path), { recursive: true });
  writeFileSync(`${scene.path}.new`, "half a database");
  expect(await scene.feed.publish([note(1)])).toEqual([{ accepted: true, seq: 1 }]);
  expect(readdirSync(dirname(scene.path)).some((name) => name.endsWith(".new"))).toBeFalse();
});

test("a file that cannot be read is not set aside", async () => {
  await using scene = createFeedScene();
  mkdirSync(join(scene.path, "a-folder"), { recursive: true });
  expect(await scene.feed.publish([note(1)]).catch((error) => error)).toMatchObject({ code: "file-unusable" });
  expect(readdirSync(dirname(scene.path))).toEqual(["events.db"]);
});

function change(path: string, sql: string): void {
  const database = new Database(path);
  database.run(sql);
  database.close(true);
}

function readRows(path: string, sql: string): readonly unknown[] {
  const database = new Database(path, { readonly: true });
  try {
    return database.query(sql).all();
  } finally {
    database.close(true);
  }
}

function overwrite(path: string, position: number, length: number): void {
  const file = openSync(path, "r+");
  writeSync(file, new Uint8Array(length).fill(0x5a), 0, length, position);
  closeSync(file);
}
