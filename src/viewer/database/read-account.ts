import type { Database } from "bun:sqlite";
import * as v from "valibot";
import { isFinalState, toWireNumbers } from "../../events/order-numbers.ts";
import { formatTime, parseTime } from "../../events/time.ts";
import { findTradingDay } from "../../events/trading-day.ts";
import { KEPT } from "../state/account-state.ts";
import { LOCKING_ACTIONS } from "../state/history.ts";
import { actionData, contractData, lockoutData, orderData, positionData } from "../state/wire-data.ts";

/** What the database knew of an account at one moment. Lists of actions have the newest first, trades the oldest. */
export type LastKnown = ReturnType<typeof readAccount>;

/**
 * What a viewer needs of one account. Times are compared as times: the daemon, SQLite and others write them in different
 * forms.
 */
export function readAccount(database: Database, account: number, now: number) {
  const ask = <Row extends v.GenericSchema>(row: Row, sql: string, ...values: (string | number)[]) =>
    v.parse(v.array(row), database.query(sql).all(...values));

  /** The first column of the first row. */
  const askValue = <Value extends v.GenericSchema>(value: Value, sql: string, ...values: (string | number)[]) =>
    v.parse(v.optional(value), database.query(sql).values(...values)[0]?.[0]);

  // Our own daemon keeps its events beside the tables that others know.
  const hasEvents = askValue(v.number(), "SELECT count(*) FROM sqlite_schema WHERE name = 'events'") === 1;
  const whole = findTradingDay(now);
  const session = askValue(maybeTime, "SELECT session_start FROM session_state WHERE account_id = ?", account);
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
      askValue(
        maybeNumber,
        "SELECT realized_pnl FROM daily_pnl WHERE account_id = ? AND date = ?",
        account,
        day.date,
      ) ?? 0,
    tradeCount: askValue(
      v.number(),
      "SELECT count(*) FROM trade_history WHERE account_id = ? AND julianday(timestamp) >= julianday(?)",
      account,
      start,
    ),
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
    readUpTo: hasEvents ? askValue(maybeNumber, "SELECT max(seq) FROM events") : undefined,
  };

  /** Publishers' times may be old; the events know when they came. */
  function findNewestEntry(): number | undefined {
    const told = askValue(
      maybeTime,
      `SELECT time FROM (
         SELECT updated_at AS time FROM lockouts WHERE account_id = ?1
         UNION ALL SELECT last_updated FROM daily_pnl WHERE account_id = ?1
         UNION ALL SELECT updated_at FROM positions WHERE account_id = ?1
         UNION ALL SELECT updated_at FROM orders WHERE account_id = ?1
         UNION ALL SELECT timestamp FROM enforcement_log WHERE account_id = ?1
         UNION ALL SELECT timestamp FROM trade_history WHERE account_id = ?1
       ) WHERE time IS NOT NULL ORDER BY julianday(time) DESC LIMIT 1`,
      account,
    );
    const came = hasEvents
      ? askValue(maybeNumber, "SELECT at FROM events WHERE account_id = ? ORDER BY seq DESC LIMIT 1", account)
      : undefined;
    return told === undefined ? came : Math.max(told, came ?? 0);
  }
}

// The tables' rows that are not as an event has them: docs/protocols/events.md, Last known state. Times become milliseconds
// since the epoch.

const maybeNumber = v.pipe(
  v.nullable(v.number()),
  v.transform((number) => number ?? undefined),
);
const maybeTime = v.pipe(
  v.nullable(v.string()),
  v.transform((text) => (text === null ? undefined : parseTime(text))),
);

const tradeRow = v.pipe(
  v.object({ id: v.number(), contract: v.string(), result: v.number(), at: maybeTime }),
  v.transform(({ at = 0, ...trade }) => ({ ...trade, at })),
);

const orderRow = v.pipe(
  v.looseObject({ type: v.number(), side: v.number(), state: v.number() }),
  v.transform((row) => ({ ...row, ...toWireNumbers(row) })),
  orderData,
);

/** SQLite has numbers for yes and no. */
const actionRow = v.pipe(
  v.looseObject({ success: v.nullable(v.number()) }),
  v.transform(({ success, ...row }) => ({ ...row, success: success === null ? undefined : success !== 0 })),
  actionData,
);

const actionCountRow = v.pipe(
  v.object({ kind: v.string(), count: v.number() }),
  v.transform(({ kind, count }) => [kind, count] as const),
);
