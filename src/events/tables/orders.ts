import type { WireEvent } from "../event.ts";
import { convertOrderSide, convertOrderState, convertOrderType, judgeOrderState } from "../order-numbers.ts";
import type { ApplyEvent } from "../store/account-event.ts";
import type { Connection } from "../store/connection.ts";
import { integerIn, numberIn, textIn, timeIn } from "./fields.ts";

/** Reference page event-stream.md sections 4.3 and 8.1: rows in the database's own numbers, none for a final state. */
export const applyOrder: ApplyEvent = (connection, { account_id, data }, at) => {
  const id = integerIn(data, "id");
  const state = integerIn(data, "state");
  if (id === null || state === null) return;
  if (judgeOrderState(state) === "final") {
    connection.run("DELETE FROM orders WHERE id = ?", id);
    return;
  }
  const updatedAt = timeIn(data, "updatedAt") ?? at;
  connection.run(
    "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    id,
    account_id,
    textIn(data, "contractId"),
    convertOrderType(integerIn(data, "type") ?? 0, "wire", "sqlite"),
    convertOrderSide(integerIn(data, "side") ?? 0, "wire", "sqlite"),
    integerIn(data, "size"),
    numberIn(data, "limitPrice"),
    numberIn(data, "stopPrice"),
    convertOrderState(state, "wire", "sqlite"),
    timeIn(data, "createdAt") ?? updatedAt,
    updatedAt,
  );
};

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

/** The working orders as the events that would place them, oldest first, in the wire's numbers. */
export function readOrders(connection: Connection): readonly WireEvent[] {
  return connection.all<OrderRow>("SELECT * FROM orders ORDER BY created_at, id").map((row) => ({
    type: "GatewayUserOrder",
    account_id: row.account_id,
    data: {
      id: row.id,
      contractId: row.contract_id,
      type: convertOrderType(row.type, "sqlite", "wire"),
      side: convertOrderSide(row.side, "sqlite", "wire"),
      size: row.size,
      limitPrice: row.limit_price,
      stopPrice: row.stop_price,
      state: convertOrderState(row.state, "sqlite", "wire"),
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    },
  }));
}
