import type { WireEvent } from "../event.ts";
import type { DatabaseConnection } from "../store/connection.ts";
import { type AccountEvent, type AccountRow, integerIn, numberIn, textIn, timeIn } from "./fields.ts";

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

/** The open positions as the events that would open them, oldest first. */
export function readPositions(connection: DatabaseConnection): readonly WireEvent[] {
  return connection
    .all<AccountRow>(
      `SELECT account_id, id, contract_id AS contractId, type, size, average_price AS averagePrice,
        created_at AS createdAt, updated_at AS updatedAt FROM positions ORDER BY created_at, id`,
    )
    .map(({ account_id, ...data }) => ({ type: "GatewayUserPosition", account_id, data }));
}
