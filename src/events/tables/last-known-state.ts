import type { WireEvent } from "../event.ts";
import { isStateful, type StatefulType } from "../event-types.ts";
import type { DatabaseConnection } from "../store/connection.ts";
import { applyEnforcement, applyLockout, applyLockoutCleared, readLockouts } from "./enforcement.ts";
import type { AccountEvent } from "./fields.ts";
import { applyContract, applyOrder, applyPosition, readContracts, readOrders, readPositions } from "./holdings.ts";
import { applyDailyReset, applyTrade } from "./results.ts";

// The tables from which a viewer reads what is known without the stream: docs/protocols/events.md, Last known state.

/** Changes the tables as the event says, within the transaction that stores it. `at` is when it came, as ISO-8601. */
type ApplyEvent<Event> = (connection: DatabaseConnection, event: Event, at: string) => void;

const CHANGES: { readonly [Type in StatefulType]: ApplyEvent<WireEvent> } = {
  GatewayUserTrade: ofAccount(applyTrade),
  GatewayUserPosition: ofAccount(applyPosition),
  GatewayUserOrder: ofAccount(applyOrder),
  lockout_set: ofAccount(applyLockout),
  lockout_cleared: ofAccount(applyLockoutCleared),
  enforcement_action: ofAccount(applyEnforcement),
  daily_reset: ofAccount(applyDailyReset),
  GatewayContract: applyContract,
};

/**
 * Brings the tables up to date with one event, of which it is called once and within the transaction that stores it.
 * Events that no table tells of change nothing.
 * @param at when the event came, in milliseconds since the epoch.
 */
export function updateLastKnownState(connection: DatabaseConnection, event: WireEvent, at: number): void {
  if (isStateful(event.type)) CHANGES[event.type](connection, event, new Date(at).toISOString());
}

function ofAccount(apply: ApplyEvent<AccountEvent>): ApplyEvent<WireEvent> {
  return (connection, { account_id, ...event }, at) => {
    if (account_id !== null && Number.isSafeInteger(account_id)) apply(connection, { ...event, account_id }, at);
  };
}

/**
 * Contracts, positions, working orders and lockouts as events, of all accounts or of one, read by pieces as they are asked
 * for. Contracts belong to no account, and all of them come: an account may open a position in any. `now` in milliseconds.
 */
export function* readLastKnownState(
  connection: DatabaseConnection,
  now: number,
  account: number | null,
): Generator<WireEvent, void> {
  yield* readContracts(connection);
  yield* readPositions(connection, account);
  yield* readOrders(connection, account);
  yield* readLockouts(connection, new Date(now).toISOString(), account);
}

/** The accounts that hold a position or a working order in a contract, in ascending order; at most `most`. */
export function findHolders(connection: DatabaseConnection, contract: string, most: number): readonly number[] {
  return connection
    .all<{ readonly account_id: number }>(
      `SELECT account_id FROM positions WHERE contract_id = ?1
        UNION SELECT account_id FROM orders WHERE contract_id = ?1 ORDER BY account_id LIMIT ?2`,
      contract,
      most,
    )
    .map(({ account_id }) => account_id);
}

/** How long rows stay that no event deletes, in days. */
const KEPT_DAYS = { results: 90, trades: 7, enforcement: 365 } as const;
const DAY = 86_400_000;

/** Ceilings of the two histories, of the results and of the contracts, so that a publisher in a loop cannot fill the disk. */
const KEPT_ROWS = 100_000;
const KEPT_CONTRACTS = 10_000;

/** Deletes what is older than the tables keep. `now` in milliseconds since the epoch. */
export function pruneByAge(connection: DatabaseConnection, now: number): void {
  const before = (days: number) => new Date(now - days * DAY).toISOString();
  connection.run("DELETE FROM daily_pnl WHERE date < ?", before(KEPT_DAYS.results).slice(0, 10));
  connection.run("DELETE FROM trade_history WHERE timestamp < ?", before(KEPT_DAYS.trades));
  connection.run("DELETE FROM enforcement_log WHERE timestamp < ?", before(KEPT_DAYS.enforcement));
}

/**
 * Positions and working orders of one account, and of all: twenty times what people hold. Those that have not changed for
 * longest go, as a gateway may forget to tell the end of one.
 */
const KEPT_PER_ACCOUNT = 1_000;
const KEPT_HOLDINGS = 10_000;

/** Accounts with a lockout or a session: a hundred times what people have. */
const KEPT_ACCOUNTS = 10_000;

/** @param accounts whose positions or orders have changed. */
export function pruneHoldings(connection: DatabaseConnection, accounts: ReadonlySet<number>): void {
  for (const table of ["positions", "orders"]) {
    for (const account of accounts.size > FEW_ACCOUNTS ? findOverfull(connection, table) : accounts)
      pruneOldest(connection, table, "updated_at", KEPT_PER_ACCOUNT, account);
    pruneOldest(connection, table, "updated_at", KEPT_HOLDINGS);
  }
}

/** To look at so many one by one takes less time than to count those of all. */
const FEW_ACCOUNTS = 20;

function findOverfull(connection: DatabaseConnection, table: string): readonly number[] {
  return connection
    .all<{ readonly account_id: number }>(
      `SELECT account_id FROM ${table} GROUP BY account_id HAVING count(*) > ?`,
      KEPT_PER_ACCOUNT,
    )
    .map(({ account_id }) => account_id);
}

/** @param age what to sort by; the lowest go. @param accounts whose rows alone are looked at; none: all rows are. */
function pruneOldest(
  connection: DatabaseConnection,
  table: string,
  age: string,
  kept: number,
  ...accounts: readonly number[]
): void {
  const rows = `${table} ${accounts.length === 0 ? "" : "WHERE account_id = ?"}`;
  if (connection.first(`SELECT 1 FROM ${rows} LIMIT 1 OFFSET ?`, ...accounts, kept) === undefined) return;
  const oldest = `SELECT rowid FROM ${rows} ORDER BY ${age} DESC, rowid DESC LIMIT -1 OFFSET ?`;
  connection.run(`DELETE FROM ${table} WHERE rowid IN (${oldest})`, ...accounts, kept);
}

/** The histories' numbers have no holes, since only the oldest go. */
export function pruneByCount(connection: DatabaseConnection): void {
  // Those in force stay as long as others can go.
  pruneOldest(connection, "lockouts", "is_locked DESC, updated_at", KEPT_ACCOUNTS);
  pruneOldest(connection, "session_state", "updated_at", KEPT_ACCOUNTS);
  for (const table of ["trade_history", "enforcement_log", "daily_pnl"])
    connection.run(`DELETE FROM ${table} WHERE rowid <= (SELECT max(rowid) FROM ${table}) - ?`, KEPT_ROWS);
  pruneOldest(connection, "contract_cache", "cached_at", KEPT_CONTRACTS);
}
