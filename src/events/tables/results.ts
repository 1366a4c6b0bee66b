import type { DatabaseConnection } from "../store/connection.ts";
import { findTradingDay, newYorkDate } from "../trading-day.ts";
import { unlock } from "./enforcement.ts";
import { type AccountEvent, integerIn, momentIn, numberIn, textIn } from "./fields.ts";

/**
 * Adds a round trip to the history, under the gateway's number, and its result to that of its trading day; one that the
 * gateway tells again, as after a lost connection, counts once. `at` is when the event came, as ISO-8601.
 */
export function applyTrade(connection: DatabaseConnection, { account_id, data }: AccountEvent, at: string): void {
  const result = numberIn(data, "profitAndLoss");
  if (result === null) return;
  const id = integerIn(data, "id");
  const contract = textIn(data, "contractId");
  const known = id === null ? undefined : findTrade(connection, id);
  if (known !== undefined && known.account_id === account_id && known.contract_id === contract) return;
  const traded = momentIn(data, "executionTime") ?? momentIn(data, "timestamp") ?? Date.parse(at);
  const day = findTradingDay(traded);
  connection.run(
    "INSERT INTO trade_history VALUES (?, ?, ?, ?, ?, ?)",
    // Accounts at two brokers may have the same number.
    known === undefined ? id : null,
    account_id,
    isoTime(traded),
    contract,
    result,
    at,
  );
  connection.run(
    `INSERT INTO daily_pnl VALUES (?, ?, ?, ?) ON CONFLICT (account_id, date)
      DO UPDATE SET realized_pnl = realized_pnl + excluded.realized_pnl, last_updated = excluded.last_updated`,
    account_id,
    day.date,
    isBeforeReset(connection, account_id, traded) ? 0 : result,
    at,
  );
  beginSession(connection, account_id, day.start, at);
}

/**
 * Begins the account's count and result anew at the time of the reset. Trades after it that were heard of before it
 * keep counting.
 */
export function applyDailyReset(connection: DatabaseConnection, { account_id, data }: AccountEvent, at: string): void {
  const reset = momentIn(data, "reset_time") ?? Date.parse(at);
  const day = findTradingDay(reset);
  connection.run(
    `INSERT OR REPLACE INTO daily_pnl SELECT ?, ?, coalesce(sum(pnl), 0), ? FROM trade_history
      WHERE account_id = ? AND timestamp >= ? AND timestamp < ?`,
    account_id,
    day.date,
    at,
    account_id,
    isoTime(reset),
    isoTime(day.end),
  );
  beginSession(connection, account_id, reset, at);
  connection.run(
    `INSERT INTO reset_schedule VALUES (?, ?, ?, '17:00', 'America/New_York') ON CONFLICT (account_id)
      DO UPDATE SET last_reset_date = max(last_reset_date, excluded.last_reset_date),
        next_reset_time = max(next_reset_time, excluded.next_reset_time)`,
    account_id,
    newYorkDate(reset),
    isoTime(day.end),
  );
  if (data["lockouts_cleared"] === true) unlock(connection, account_id, at);
}

function findTrade(connection: DatabaseConnection, id: number) {
  return connection.first<{ readonly account_id: number; readonly contract_id: string | null }>(
    "SELECT account_id, contract_id FROM trade_history WHERE id = ?",
    id,
  );
}

/** Whether the result of the trading day to which a trade belongs was begun anew after it: then it counts no more. */
function isBeforeReset(connection: DatabaseConnection, account: number, traded: number): boolean {
  const session = connection.first<{ readonly session_start: string }>(
    "SELECT session_start FROM session_state WHERE account_id = ?",
    account,
  );
  if (session === undefined) return false;
  const start = Date.parse(session.session_start);
  return traded < start && findTradingDay(traded).date === findTradingDay(start).date;
}

/** The session never begins earlier than it is known to have begun: what comes late is of a day that is over. */
function beginSession(connection: DatabaseConnection, account: number, start: number, at: string): void {
  connection.run(
    `INSERT INTO session_state VALUES (?, ?, ?) ON CONFLICT (account_id)
      DO UPDATE SET session_start = max(session_start, excluded.session_start), updated_at = excluded.updated_at`,
    account,
    isoTime(start),
    at,
  );
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
