import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { openConnection } from "../../src/events/store/connection.ts";
import {
  ACCOUNT,
  createFeedScene,
  enforcement,
  type FeedScene,
  lockout,
  note,
  order,
  position,
  quote,
  trade,
} from "./feed-rig.ts";

// What is kept where nobody sets limits: the database is filled to each limit at once, and one more event comes.

const NOW = "2025-11-04T15:00:00.000Z";
const TRADE = trade(1, NOW);

test.each([
  [
    "trade_history",
    100_000,
    `(id, account_id, timestamp) SELECT ${TRADE.data["id"]} - 100001 + n, ${ACCOUNT}, '${NOW}'`,
    TRADE,
  ],
  [
    "enforcement_log",
    100_000,
    `(timestamp, account_id, rule_id, action, reason) SELECT '${NOW}', 1, 'R', 'A', 'r'`,
    enforcement(),
  ],
  [
    "positions",
    10_000,
    `(id, account_id, contract_id, type, size, created_at, updated_at) SELECT n, n / 900, 'C', 1, 1, '${NOW}', '${NOW}'`,
    position(1_000_000, 3),
  ],
  [
    "orders",
    10_000,
    `(id, account_id, contract_id, type, side, created_at, updated_at) SELECT n, n / 900, 'C', 1, 1, '${NOW}', '${NOW}'`,
    order(1_000_000, 2),
  ],
  [
    "lockouts",
    10_000,
    `(account_id, is_locked, updated_at) SELECT 100000 + n, 1, '${NOW}'`,
    lockout("2026-01-01T00:00:00.000Z"),
  ],
] as const)("%s keeps %d rows and no more", async (table, most, rows, another) => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1)]);
  await fill(scene, table, most, rows);
  await scene.feed.publish([another]);
  expect(scene.rows(`SELECT count(*) AS count FROM ${table}`)).toEqual([{ count: most }]);
});

test("without other limits the answers to 10,000 calls with a key are kept", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1)]);
  await fill(scene, "answers", 10_000, "SELECT 'key ' || n, 1e15, 'call', '[1]'");
  await scene.feed.publish([note(2)], "mine");
  expect(scene.rows("SELECT count(*) AS count FROM answers")).toEqual([{ count: 10_000 }]);
});

test("without other limits the latest quotes of 1,000 contracts are remembered", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish(Array.from({ length: 1_001 }, (_, number) => quote(`C${number}`)));
  expect([...scene.feed.snapshot()].filter(({ type }) => type === "MarketQuote")).toHaveLength(1_000);
});

test("10,000 numbers are put aside for quotes, so that a kill leaves no larger hole", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1)]);
  const [last] = await scene.feed.publish([note(2)]);
  expect(last).toMatchObject({ accepted: true, seq: 2 });
  expect(scene.rows("SELECT reserved FROM numbering")).toEqual([{ reserved: 10_001 }]);
});

test("somebody who writes into the database stops the daemon's loop for a quarter of a second at most", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([note(1)]);
  const connection = openConnection(scene.path);
  expect(connection.first("PRAGMA busy_timeout")).toEqual({ timeout: 250 });
  connection.close();
});

/** Puts `most` rows into a table, as what follows `INSERT INTO table` says; `n` counts them. */
async function fill(scene: FeedScene, table: string, most: number, rows: string): Promise<void> {
  await scene.feed.close();
  const database = new Database(scene.path);
  database.run(
    `INSERT INTO ${table} ${rows} FROM (WITH RECURSIVE counted(n) AS
      (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${most}) SELECT n FROM counted)`,
  );
  database.close(true);
  scene.feed.open();
}
