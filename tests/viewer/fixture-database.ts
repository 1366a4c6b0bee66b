import { Database } from "bun:sqlite";
import { TABLES } from "../../src/events/store/schema.ts";

/** 10:00 in New York on 4 November 2025; the trading day began on the 3rd at 22:00 UTC. */
export const NOW = Date.parse("2025-11-04T15:00:00Z");

export const CONTRACT = "CON.F.US.MES.Z25";

/** Account 7001 in the middle of a trading day, and 7002, of which its viewer must show nothing. */
export function makeDatabase(path: string, now = NOW): void {
  const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
  const database = new Database(path, { create: true });
  // Without a write-ahead log the file is all there is, and its hash tells whether anybody wrote.
  for (const table of TABLES) database.run(table);
  for (const account of [7_001, 7_002]) {
    const base = account === 7_001 ? 0 : 100;
    database.run("INSERT INTO positions VALUES (?, ?, ?, 2, 3, 6862.75, ?, ?)", [
      base + 1,
      account,
      CONTRACT,
      ago(9),
      ago(8),
    ]);
    // By number: working, filled (which has no business there), pending; in SQLite's numbering.
    for (const [id, state] of [
      [base + 11, 2],
      [base + 12, 3],
      [base + 13, 1],
    ] as const) {
      database.run("INSERT INTO orders VALUES (?, ?, ?, 4, 0, 1, NULL, 6875.25, ?, ?, ?)", [
        id,
        account,
        CONTRACT,
        state,
        ago(7),
        ago(7),
      ]);
    }
    database.run("INSERT INTO enforcement_log VALUES (?, ?, ?, 'RULE-007', 'cooldown', 'a loss', 1, NULL, 3)", [
      base + 1,
      ago(30),
      account,
    ]);
    database.run(
      "INSERT INTO enforcement_log VALUES (?, ?, ?, 'RULE-001', 'REJECT_ORDER', 'too many', NULL, NULL, NULL)",
      [base + 2, ago(20), account],
    );
  }
  database.run("INSERT INTO contract_cache VALUES (?, 0.25, 1.25, 'F.US.MES', 'MES', ?)", [CONTRACT, ago(60)]);
  database.run("INSERT INTO trade_history VALUES (1, 7001, ?, ?, -50, ?)", [ago(24 * 60), CONTRACT, ago(24 * 60)]);
  database.run("INSERT INTO trade_history VALUES (2, 7001, ?, ?, 37.5, ?)", [ago(10), CONTRACT, ago(10)]);
  database.run("INSERT INTO trade_history VALUES (3, 7001, ?, ?, -12.5, ?)", [
    new Date(now - 5 * 60_000).toISOString().replace("T", " ").slice(0, 19),
    CONTRACT,
    ago(5),
  ]);
  database.run("INSERT INTO events VALUES (41, ?, 'GatewayUserTrade', 7001, '{}')", [now - 5 * 60_000]);
  database.close();
}

/** Changes a fixture, as the daemon would. */
export function changeDatabase(path: string, sql: string, ...values: readonly (string | number | null)[]): void {
  const database = new Database(path);
  database.run(sql, [...values]);
  database.close();
}
