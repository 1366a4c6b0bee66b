import { describe, expect, test } from "bun:test";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findLastKnownState } from "../../../src/viewer/database/last-known-state.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { CONTRACT, changeDatabase, makeDatabase, NOW } from "../fixture-database.ts";

function openFixture() {
  const folder = temporaryFolder();
  const path = join(folder.path, "wpdaemon.db");
  makeDatabase(path);
  const state = findLastKnownState(path);
  return {
    path,
    state,
    change: (sql: string, ...values: readonly (string | number | null)[]) => changeDatabase(path, sql, ...values),
    read: () => state.read(7_001, NOW),
    [Symbol.dispose]() {
      folder[Symbol.dispose]();
    },
  };
}

describe("an account's last known state", () => {
  test("the trading day's trades, in either form of time; a day without a result has 0", () => {
    using fixture = openFixture();
    const { day, realised, tradeCount, trades, readUpTo } = fixture.read();
    expect(day.date).toBe("2025-11-04");
    expect([realised, tradeCount, readUpTo]).toEqual([0, 2, 41]);
    expect(trades.map(({ result, at }) => [result, new Date(at).toISOString()])).toEqual([
      [37.5, "2025-11-04T14:50:00.000Z"],
      [-12.5, "2025-11-04T14:55:00.000Z"],
    ]);
  });

  test("the result is the trading day's, which ends at 17:00 in New York", () => {
    using fixture = openFixture();
    fixture.change("INSERT INTO daily_pnl VALUES (7001, '2025-11-04', 25, '2025-11-04T14:55:00Z')");
    fixture.change("INSERT INTO daily_pnl VALUES (7001, '2025-11-05', -3, '2025-11-04T22:01:00Z')");
    expect(fixture.state.read(7_001, Date.parse("2025-11-04T21:59:59Z")).realised).toBe(25);
    const next = fixture.state.read(7_001, Date.parse("2025-11-04T22:00:00Z"));
    expect([next.day.date, next.realised, next.tradeCount]).toEqual(["2025-11-05", -3, 0]);
  });

  test("a reset before the end of the day begins the count anew", () => {
    using fixture = openFixture();
    fixture.change("INSERT INTO session_state VALUES (7001, '2025-11-04T14:52:00.000Z', NULL)");
    const start = Date.parse("2025-11-04T14:52:00.000Z");
    expect(fixture.read()).toMatchObject({ day: { start }, tradeCount: 1, trades: [{ result: -12.5 }] });
  });

  test("an account's last known state positions, and orders in the wire's numbers: SQLite's 2 is working, its 3 is filled and gone", () => {
    using fixture = openFixture();
    const { positions, orders } = fixture.read();
    expect(positions).toMatchObject([{ id: 1, contract: CONTRACT, side: "short", size: 3, average: 6862.75 }]);
    expect(orders.map(({ id, state }) => [id, state]).sort()).toEqual([
      [11, 1],
      [13, 1],
    ]);
    expect(orders[0]).toMatchObject({ type: 3, side: 1, stopPrice: 6875.25, limitPrice: undefined });
  });

  test("what nobody knows of an order is not taken for something else, and does not hide it", () => {
    using fixture = openFixture();
    fixture.change("DELETE FROM orders");
    for (const [id, type, side, state] of [
      [1, null, null, null],
      [2, 6, 3, 6],
      [3, 0, -1, 7],
      [4, 5, 1, 0],
    ] as const) {
      fixture.change(
        `INSERT INTO orders VALUES (?, 7001, 'A', ?, ?, 1, NULL, NULL, ?, '2025-11-04T14:00:0${id}Z', NULL)`,
        id,
        type,
        side,
        state,
      );
    }
    expect(fixture.read().orders.map(({ id, type, side, state }) => [id, type, side, state])).toEqual([
      [4, 5, 2, 0],
      [3, 0, 0, 5],
      [2, 6, 3, 6],
      [1, 0, 0, 0],
    ]);
  });

  test("an account's last known state contracts, but for those whose step is none", () => {
    using fixture = openFixture();
    fixture.change("INSERT INTO contract_cache VALUES ('ODD', 0, 1, 'F', NULL, NULL)");
    expect(fixture.read().contracts).toEqual([{ contractId: CONTRACT, tickSize: 0.25, tickValue: 1.25 }]);
  });

  test("an account's last known state actions, the newest first, under one spelling; the locking ones apart", () => {
    using fixture = openFixture();
    const { actions, actionCounts, lockingActions } = fixture.read();
    expect(actions.map(({ kind, success }) => [kind, success])).toEqual([
      ["REJECT_ORDER", undefined],
      ["COOLDOWN", true],
    ]);
    expect(Object.fromEntries(actionCounts)).toEqual({ COOLDOWN: 1, REJECT_ORDER: 1 });
    expect(lockingActions).toMatchObject([{ rule: "RULE-007", reason: "a loss" }]);
  });

  test.each([
    [1, null, "for ever"],
    [1, "2025-11-04T15:00:01Z", "for a second"],
    [1, "2025-11-04T14:59:59Z", undefined],
    [0, null, undefined],
  ])("an account with is_locked %p until %p is shown with the lockout %p", (isLocked, until, reason) => {
    using fixture = openFixture();
    fixture.change(
      "INSERT INTO lockouts VALUES (7001, ?, ?, NULL, ?, 'RULE-003', NULL, NULL)",
      isLocked,
      reason ?? "over",
      until,
    );
    expect(fixture.read().lockout?.reason).toBe(reason);
  });

  test("the newest entry is of this account, by the time when it came where that is kept", () => {
    using fixture = openFixture();
    expect(fixture.read().newestEntry).toBe(NOW - 5 * 60_000);
    fixture.change("INSERT INTO events VALUES (42, ?, 'GatewayUserOrder', 7001, '{}')", NOW - 2_000);
    fixture.change("INSERT INTO events VALUES (43, ?, 'GatewayUserOrder', 7002, '{}')", NOW - 1_000);
    expect(fixture.read().newestEntry).toBe(NOW - 2_000);
    fixture.change("DROP TABLE events");
    expect(fixture.read().newestEntry).toBe(NOW - 5 * 60_000);
  });

  test("another daemon's database has no numbers; a newer schema's additions are ignored", () => {
    using fixture = openFixture();
    fixture.change("DROP TABLE events");
    fixture.change("ALTER TABLE daily_pnl ADD COLUMN daily_unrealized_pnl REAL");
    expect(fixture.read().readUpTo).toBeUndefined();
  });
});

describe("the file", () => {
  test("none yet: says so, and reads it once it is there", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "wpdaemon.db");
    const state = findLastKnownState(path);
    expect(() => state.read(7_001, NOW)).toThrow("there is none yet");
    expect(state.describe()).toEqual({ path, bytes: undefined, changedAt: undefined });
    makeDatabase(path);
    expect(state.read(7_001, NOW).tradeCount).toBe(2);
    expect(state.describe().bytes).toBeGreaterThan(0);
  });

  test("no database: a failure that names it", () => {
    using fixture = openFixture();
    writeFileSync(fixture.path, "this is no database, and never was one".repeat(100));
    expect(fixture.read).toThrow(fixture.path);
  });

  test("another one at its place is read instead", () => {
    using fixture = openFixture();
    fixture.read();
    const next = `${fixture.path}.next`;
    makeDatabase(next);
    changeDatabase(next, "DELETE FROM positions");
    renameSync(next, fixture.path);
    expect(fixture.read().positions).toEqual([]);
  });
});
