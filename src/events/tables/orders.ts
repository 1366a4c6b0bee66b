import type { WireEvent } from "../event.ts";
import { isFinalState, toTableNumbers, toWireNumbers } from "../order-numbers.ts";
import type { DatabaseConnection } from "../store/connection.ts";
import { type AccountEvent, integerIn, numberIn, textIn, timeIn } from "./fields.ts";

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

interface OrderRow {
  readonly id: number;
  readonly account_id: number;
  readonly contract_id: string | null;
  readonly type: number;
  readonly side: number;
  readonly size: number | null;
  readonly limit_price: number | null;
  readonly stop_price: number | null;
  readonly state: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** The working orders as the events that would place them, oldest first. */
export function readOrders(connection: DatabaseConnection): readonly WireEvent[] {
  return connection.all<OrderRow>("SELECT * FROM orders ORDER BY created_at, id").map((row) => {
    const { type, side, state } = toWireNumbers(row);
    return {
      type: "GatewayUserOrder",
      account_id: row.account_id,
      data: {
        id: row.id,
        contractId: row.contract_id,
        type,
        side,
        size: row.size,
        limitPrice: row.limit_price,
        stopPrice: row.stop_price,
        state,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
      },
    };
  });
}
