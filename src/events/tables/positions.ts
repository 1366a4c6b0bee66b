import type { WireEvent } from "../event.ts";
import type { DatabaseConnection } from "../store/connection.ts";
import { type AccountEvent, integerIn, numberIn, textIn, timeIn } from "./fields.ts";

/** A position of size 0 is closed, and has no row. `at` is when the event came, as ISO-8601. */
export function applyPosition(connection: DatabaseConnection, { account_id, data }: AccountEvent, at: string): void {
  const id = integerIn(data, "id");
  if (id === null) return;
  if (data["size"] === 0) {
    connection.run("DELETE FROM positions WHERE id = ?", id);
    return;
  }
  const updatedAt = timeIn(data, "updatedAt") ?? at;
  connection.run(
    "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    id,
    account_id,
    textIn(data, "contractId"),
    integerIn(data, "type"),
    integerIn(data, "size"),
    numberIn(data, "averagePrice"),
    timeIn(data, "createdAt") ?? updatedAt,
    updatedAt,
  );
}

interface PositionRow {
  readonly id: number;
  readonly account_id: number;
  readonly contract_id: string | null;
  readonly type: number | null;
  readonly size: number | null;
  readonly average_price: number | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** The open positions as the events that would open them, oldest first. */
export function readPositions(connection: DatabaseConnection): readonly WireEvent[] {
  return connection.all<PositionRow>("SELECT * FROM positions ORDER BY created_at, id").map((row) => ({
    type: "GatewayUserPosition",
    account_id: row.account_id,
    data: {
      id: row.id,
      contractId: row.contract_id,
      type: row.type,
      size: row.size,
      averagePrice: row.average_price,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    },
  }));
}
