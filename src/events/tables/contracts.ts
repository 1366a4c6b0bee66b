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

interface ContractRow {
  readonly contract_id: string;
  readonly tick_size: number;
  readonly tick_value: number;
  readonly symbol_id: string;
  readonly name: string | null;
}

/** All contracts as the events that would tell them. */
export function readContracts(connection: DatabaseConnection): readonly WireEvent[] {
  return connection.all<ContractRow>("SELECT * FROM contract_cache ORDER BY contract_id").map(toEvent);
}

function toEvent(row: ContractRow): WireEvent {
  return {
    type: "GatewayContract",
    account_id: null,
    data: {
      contractId: row.contract_id,
      name: row.name,
      symbolId: row.symbol_id,
      tickSize: row.tick_size,
      tickValue: row.tick_value,
    },
  };
}
