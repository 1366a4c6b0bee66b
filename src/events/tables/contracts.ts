import type { WireEvent } from "../event.ts";
import type { DatabaseConnection } from "../store/connection.ts";
import { numberIn, textIn } from "./fields.ts";

/**
 * What a contract's steps are worth, for readers that compute results. One row per contract; the last word counts. `at` is
 * when it came, as ISO-8601.
 */
export function applyContract(connection: DatabaseConnection, { data }: WireEvent, at: string): void {
  const contract = textIn(data, "contractId");
  const tickSize = numberIn(data, "tickSize");
  const tickValue = numberIn(data, "tickValue");
  if (contract === null || tickSize === null || tickValue === null) return;
  connection.run(
    "INSERT OR REPLACE INTO contract_cache VALUES (?, ?, ?, ?, ?, ?)",
    contract,
    tickSize,
    tickValue,
    textIn(data, "symbolId") ?? "",
    textIn(data, "name"),
    at,
  );
}

/** All contracts as the events that would tell them. */
export function readContracts(connection: DatabaseConnection): readonly WireEvent[] {
  return connection
    .all<WireEvent["data"]>(
      `SELECT contract_id AS contractId, name, symbol_id AS symbolId, tick_size AS tickSize, tick_value AS tickValue
        FROM contract_cache ORDER BY contract_id`,
    )
    .map((data) => ({ type: "GatewayContract", account_id: null, data }));
}
