import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { ACCOUNT, createFeedScene, dailyReset, lockout, NOON, trade } from "../feed-rig.ts";

test("trades: a history, a sum for each trading day, and the session that they are counted from", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([
    trade(37.5, "2025-11-04T21:59:59.999Z"),
    trade(100, "2025-11-04T22:00:00Z"),
    trade(-12.5, "2025-11-04T15:00:00Z"),
    trade(1, "2025-11-04T15:00:00Z", 7002),
    { ...trade(0, "2025-11-04T15:00:00Z"), data: { id: 1, contractId: "half a turn", profitAndLoss: null } },
  ]);
  expect(scene.rows("SELECT account_id, date, realized_pnl FROM daily_pnl ORDER BY account_id, date")).toEqual([
    { account_id: ACCOUNT, date: "2025-11-04", realized_pnl: 25 },
    { account_id: ACCOUNT, date: "2025-11-05", realized_pnl: 100 },
    { account_id: 7002, date: "2025-11-04", realized_pnl: 1 },
  ]);
  expect(scene.rows("SELECT timestamp, contract_id, pnl FROM trade_history WHERE pnl = 37.5")).toEqual([
    { timestamp: "2025-11-04T21:59:59.999Z", contract_id: "CON.F.US.MES.Z25", pnl: 37.5 },
  ]);
  const count = `SELECT count(*) AS count FROM trade_history h JOIN session_state s USING (account_id)
    WHERE timestamp >= session_start AND account_id = `;
  expect(scene.rows(`${count}${ACCOUNT}`)).toEqual([{ count: 1 }]);
  expect(scene.rows(`${count}7002`)).toEqual([{ count: 1 }]);
  expect(scene.rows("SELECT session_start FROM session_state ORDER BY account_id")).toEqual([
    { session_start: "2025-11-04T22:00:00.000Z" },
    { session_start: "2025-11-03T22:00:00.000Z" },
  ]);
});

test("a trade that the gateway tells again counts once, and one of another account with the same number counts, too", async () => {
  await using scene = createFeedScene();
  const once = trade(37.5, "2025-11-04T15:00:00Z");
  await scene.feed.publish([once, once]);
  await scene.feed.publish([once, { ...once, account_id: 7002 }]);
  expect(scene.rows("SELECT account_id, realized_pnl FROM daily_pnl ORDER BY account_id")).toEqual([
    { account_id: ACCOUNT, realized_pnl: 37.5 },
    { account_id: 7002, realized_pnl: 37.5 },
  ]);
  expect(scene.rows("SELECT account_id, pnl FROM trade_history ORDER BY account_id")).toEqual([
    { account_id: ACCOUNT, pnl: 37.5 },
    { account_id: 7002, pnl: 37.5 },
  ]);
});

test("a daily reset begins result and count anew, keeps trades that came after it, and says when the next one is", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([
    trade(-50, "2025-11-04T21:00:00Z"),
    lockout(null),
    trade(8, "2025-11-04T22:00:02Z"),
    dailyReset("2025-11-04T22:00:00Z", false),
  ]);
  expect(scene.rows("SELECT date, realized_pnl FROM daily_pnl ORDER BY date")).toEqual([
    { date: "2025-11-04", realized_pnl: -50 },
    { date: "2025-11-05", realized_pnl: 8 },
  ]);
  expect(scene.rows("SELECT is_locked FROM lockouts")).toEqual([{ is_locked: 1 }]);
  expect(scene.rows("SELECT * FROM session_state")).toEqual([
    { account_id: ACCOUNT, session_start: "2025-11-04T22:00:00.000Z", updated_at: AT },
  ]);
  expect(scene.rows("SELECT * FROM reset_schedule")).toEqual([
    {
      account_id: ACCOUNT,
      last_reset_date: "2025-11-04",
      next_reset_time: "2025-11-05T22:00:00.000Z",
      reset_time_config: "17:00",
      timezone: "America/New_York",
    },
  ]);
});

test("a daily reset at an hour of its own zeroes the day that runs, and clears the lockout if it says so", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([
    trade(-50, "2025-11-04T14:00:00Z"),
    lockout(null),
    dailyReset("2025-11-04T14:30:00Z", true),
    trade(3, "2025-11-04T14:31:00Z"),
  ]);
  expect(scene.rows("SELECT date, realized_pnl FROM daily_pnl")).toEqual([{ date: "2025-11-04", realized_pnl: 3 }]);
  expect(scene.rows("SELECT is_locked FROM lockouts")).toEqual([{ is_locked: 0 }]);
});

test("a trade from before a reset, told after it, is in the history and does not count", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([
    dailyReset("2025-11-04T14:30:00Z", false),
    trade(3, "2025-11-04T14:31:00Z"),
    trade(-50, "2025-11-04T14:29:00Z"),
    trade(-7, "2025-11-03T20:00:00Z"),
  ]);
  expect(scene.rows("SELECT date, realized_pnl FROM daily_pnl ORDER BY date")).toEqual([
    { date: "2025-11-03", realized_pnl: -7 },
    { date: "2025-11-04", realized_pnl: 3 },
  ]);
  expect(scene.rows("SELECT pnl FROM trade_history ORDER BY id")).toEqual([{ pnl: 3 }, { pnl: -50 }, { pnl: -7 }]);
});

test("a reset that is told late does not set the schedule back", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([dailyReset("2025-11-04T22:00:00Z", false), dailyReset("2025-11-03T22:00:00Z", false)]);
  expect(scene.rows("SELECT last_reset_date, next_reset_time FROM reset_schedule")).toEqual([
    { last_reset_date: "2025-11-04", next_reset_time: "2025-11-05T22:00:00.000Z" },
  ]);
  expect(scene.rows("SELECT session_start FROM session_state")).toEqual([
    { session_start: "2025-11-04T22:00:00.000Z" },
  ]);
});

// The queries are those of programs that read the tables: docs/protocols/events.md, Last known state.

const AT = iso(NOON);

function iso(at: number): string {
  return new Date(at).toISOString();
}

test("results of 100,000 days of accounts are remembered, those that came last", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([trade(1, "2025-11-04T15:00:00Z")]);
  const database = new Database(scene.path);
  database.run(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO daily_pnl SELECT 1000000 + i, '2025-11-03', 1, '2025-11-03T15:00:00.000Z' FROM n`);
  database.close(true);
  await scene.feed.publish([trade(1, "2025-11-04T15:00:00Z", 7002)]);
  expect(scene.rows("SELECT count(*) AS count FROM daily_pnl")).toEqual([{ count: 100_000 }]);
  expect(scene.rows("SELECT account_id FROM daily_pnl WHERE account_id < 1000002")).toEqual([{ account_id: 7002 }]);
});
