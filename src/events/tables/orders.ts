import type { WireEvent } from "../event.ts";
import { isFinalState, type OrderNumbers, toTableNumbers, toWireNumbers } from "../order-numbers.ts";
import type { DatabaseConnection } from "../store/connection.ts";
import { type AccountEvent, type AccountRow, integerIn, numberIn, textIn, timeIn } from "./fields.ts";

/** One row for each working order, in the table's own numbers. `at` is when the event came, as ISO-8601. */
export function applyOrder(connection: DatabaseConnection, { account_id, data }: AccountEvent, at: string): void {
  const id = integerIn(data, "id");
  const state = integerIn(data, "state");
  if (id === null || state === null) return;
  if (isFinalState(state)) {
    connection.run("DELETE FROM orders WHERE id = ?", id);
    return;
  }
  const updatedAt = timeIn(data, "updatedAt") ?? at;
  const wire = { type: integerIn(data, "type") ?? 0, side: integerIn(data, "side") ?? 0, state };
  const numbers = toTableNumbers(wire);
  connection.run(
    "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    id,
    account_id,
    textIn(data, "contractId"),
    numbers.type,
    numbers.side,
    integerIn(data, "size"),
    numberIn(data, "limitPrice"),
    numberIn(data, "stopPrice"),
    numbers.state,
    timeIn(data, "createdAt") ?? updatedAt,
    updatedAt,
  );
}

/** The working orders as the events that would place them, oldest first. */
export function readOrders(connection: DatabaseConnection): readonly WireEvent[] {
  return connection
    .all<AccountRow & OrderNumbers>(
      `SELECT account_id, id, contract_id AS contractId, type, side, size, limit_price AS limitPrice,
        stop_price AS stopPrice, state, created_at AS createdAt, updated_at AS updatedAt
        FROM orders ORDER BY created_at, id`,
    )
    .map(({ account_id, ...row }) => {
      return { type: "GatewayUserOrder", account_id, data: { ...row, ...toWireNumbers(row) } };
    });
}
