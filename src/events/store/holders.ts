import type { Connection } from "./connection.ts";

/** The accounts that hold a position or a working order in a contract, in ascending order. */
export function findHolders(connection: Connection, contract: string): readonly number[] {
  return connection
    .all<{ readonly account_id: number }>(
      `SELECT account_id FROM positions WHERE contract_id = ?1
        UNION SELECT account_id FROM orders WHERE contract_id = ?1 ORDER BY account_id`,
      contract,
    )
    .map(({ account_id }) => account_id);
}
