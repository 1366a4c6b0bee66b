import type { Database } from "bun:sqlite";
import * as v from "valibot";
import { isFinalState } from "../../events/order-numbers.ts";
import { formatTime } from "../../events/time.ts";
import { findTradingDay } from "../../events/trading-day.ts";
import { KEPT } from "../state/account-state.ts";
import { LOCKING_ACTIONS } from "../state/history.ts";
import { contractData, lockoutData, positionData } from "../state/wire-data.ts";
import { actionCountRow, actionRow, countRow, numberRow, orderRow, timeRow, tradeRow } from "./rows.ts";

/** What the database knew of an account at one moment. Lists of actions have the newest first, trades the oldest. */
export type LastKnown = ReturnType<typeof readAccount>;

/**
 * What a viewer needs of one account. Times are compared as times: the daemon, SQLite and others write them in different
 * forms.
 */
export function readAccount(database: Database, account: number, now: number) {
  const ask = <Row extends v.GenericSchema>(row: Row, sql: string, ...values: (string | number)[]) =>
    v.parse(v.array(row), database.query(sql).all(...values));

  // Our own daemon keeps its events beside the tables that others know.
  const hasEvents = ask(countRow, "SELECT count(*) AS count FROM sqlite_schema WHERE name = 'events'")[0]?.count === 1;
  const whole = findTradingDay(now);
  const session = ask(timeRow, "SELECT session_start AS time FROM session_state WHERE account_id = ?", account)[0]
    ?.time;
  const day = { ...whole, start: Math.max(session ?? 0, whole.start) };
  const start = formatTime(day.start);
  const lockout = ask(
    lockoutData,
    `SELECT rule_id, reason, locked_at, locked_until FROM lockouts WHERE account_id = ? AND is_locked = 1
     AND (locked_until IS NULL OR julianday(locked_until) > julianday(?))`,
    account,
    formatTime(now),
  )[0];
  return {
    day,
    realised:
      ask(
        numberRow,
        "SELECT realized_pnl AS number FROM daily_pnl WHERE account_id = ? AND date = ?",
        account,
        day.date,
      )[0]?.number ?? 0,
    tradeCount:
      ask(
        countRow,
        "SELECT count(*) AS count FROM trade_history WHERE account_id = ? AND julianday(timestamp) >= julianday(?)",
        account,
        start,
      )[0]?.count ?? 0,
    trades: ask(
      tradeRow,
      `SELECT id, coalesce(contract_id, '') AS contract, pnl AS result, timestamp AS at FROM trade_history
       WHERE account_id = ? AND pnl IS NOT NULL AND julianday(timestamp) >= julianday(?)
       ORDER BY julianday(timestamp) DESC, id DESC LIMIT ${KEPT.trades}`,
      account,
      start,
    ).reverse(),
    positions: ask(
      positionData,
      `SELECT id, coalesce(contract_id, '') AS contractId, type, size, average_price AS averagePrice,
       created_at AS createdAt, updated_at AS updatedAt FROM positions
       WHERE account_id = ? AND size > 0 ORDER BY julianday(created_at) DESC`,
      account,
    ),
    orders: ask(
      orderRow,
      // Where no side stands, none is known: 0 is one there.
      `SELECT id, coalesce(contract_id, '') AS contractId, coalesce(type, 0) AS type, coalesce(side, -1) AS side, size,
       limit_price AS limitPrice, stop_price AS stopPrice, coalesce(state, 0) AS state, created_at AS createdAt,
       updated_at AS updatedAt FROM orders WHERE account_id = ? ORDER BY julianday(created_at) DESC`,
      account,
    ).filter(({ state }) => !isFinalState(state)),
    contracts: ask(
      contractData,
      `SELECT contract_id AS contractId, tick_size AS tickSize, tick_value AS tickValue FROM contract_cache
       WHERE tick_size > 0`,
    ),
    lockout,
    lockingActions: ask(
      actionRow,
      `SELECT timestamp, rule_id, action, reason, success FROM enforcement_log
       WHERE account_id = ? AND upper(action) IN (${LOCKING_ACTIONS.map(() => "?").join()})
       ORDER BY julianday(timestamp) DESC, id DESC LIMIT ${KEPT.lockouts}`,
      account,
      ...LOCKING_ACTIONS,
    ),
    actions: ask(
      actionRow,
      `SELECT timestamp, rule_id, action, reason, success FROM enforcement_log WHERE account_id = ?
       ORDER BY julianday(timestamp) DESC, id DESC LIMIT ${KEPT.actions}`,
      account,
    ),
    actionCounts: ask(
      actionCountRow,
      `SELECT upper(action) AS kind, count(*) AS count FROM enforcement_log
       WHERE account_id = ? AND julianday(timestamp) >= julianday(?) GROUP BY upper(action)`,
      account,
      start,
    ),
    newestEntry: findNewestEntry(),
    readUpTo: hasEvents ? ask(numberRow, "SELECT max(seq) AS number FROM events")[0]?.number : undefined,
  };

  /** Publishers' times may be old; the events know when they came. */
  function findNewestEntry(): number | undefined {
    const told = ask(
      timeRow,
      `SELECT time FROM (
         SELECT updated_at AS time FROM lockouts WHERE account_id = ?1
         UNION ALL SELECT last_updated FROM daily_pnl WHERE account_id = ?1
         UNION ALL SELECT updated_at FROM positions WHERE account_id = ?1
         UNION ALL SELECT updated_at FROM orders WHERE account_id = ?1
         UNION ALL SELECT timestamp FROM enforcement_log WHERE account_id = ?1
         UNION ALL SELECT timestamp FROM trade_history WHERE account_id = ?1
       ) WHERE time IS NOT NULL ORDER BY julianday(time) DESC LIMIT 1`,
      account,
    )[0]?.time;
    const came = hasEvents
      ? ask(numberRow, "SELECT at AS number FROM events WHERE account_id = ? ORDER BY seq DESC LIMIT 1", account)[0]
      : undefined;
    return told === undefined ? came?.number : Math.max(told, came?.number ?? 0);
  }
}
