import type { Connection } from "./connection.ts";

/** How long rows stay that no event deletes, in days; reference page event-stream.md section 8.1. */
const KEPT_DAYS = { results: 90, trades: 7, enforcement: 365 } as const;
const DAY = 86_400_000;

/** Ceilings of each of the two histories and of the contracts, so that a publisher in a loop cannot fill the disk. */
const KEPT_ROWS = 100_000;
const KEPT_CONTRACTS = 10_000;

/** Deletes what is older than the tables keep. `now` in milliseconds since the epoch. */
export function pruneByAge(connection: Connection, now: number): void {
  const before = (days: number) => new Date(now - days * DAY).toISOString();
  connection.run("DELETE FROM daily_pnl WHERE date < ?", before(KEPT_DAYS.results).slice(0, 10));
  connection.run("DELETE FROM trade_history WHERE timestamp < ?", before(KEPT_DAYS.trades));
  connection.run("DELETE FROM enforcement_log WHERE timestamp < ?", before(KEPT_DAYS.enforcement));
}

/** Costs next to nothing while there are few contracts; the histories' numbers have no holes, since only the oldest go. */
export function pruneByCount(connection: Connection): void {
  for (const table of ["trade_history", "enforcement_log"])
    connection.run(`DELETE FROM ${table} WHERE id <= (SELECT max(id) FROM ${table}) - ?`, KEPT_ROWS);
  connection.run(
    `DELETE FROM contract_cache WHERE rowid IN (SELECT rowid FROM contract_cache ORDER BY cached_at, rowid
      LIMIT max(0, (SELECT count(*) FROM contract_cache) - ?))`,
    KEPT_CONTRACTS,
  );
}
