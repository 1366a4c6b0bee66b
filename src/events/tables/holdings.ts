import type { WireEvent } from "../event.ts";
import { isFinalState, toTableNumbers, toWireNumbers } from "../order-numbers.ts";
import type { DatabaseConnection } from "../store/connection.ts";
import { type AccountEvent, integerIn, numberIn, readEvents, textIn, timeIn } from "./fields.ts";

// What accounts hold and have ordered, and the contracts by whose steps readers compute what that is worth.

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

/** The open positions of one account or of all, as the events that would open them, oldest first. */
export function readPositions(connection: DatabaseConnection, account: number | null): Generator<WireEvent, void> {
  return readEvents(
    connection,
    "GatewayUserPosition",
    ["SELECT id AS key FROM positions WHERE ?1 IS NULL OR account_id = ?1 ORDER BY created_at, id", account],
    `SELECT account_id, id, contract_id AS contractId, type, size, average_price AS averagePrice,
      created_at AS createdAt, updated_at AS updatedAt FROM positions WHERE id = ?`,
  );
}

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

/** The working orders of one account or of all, as the events that would place them, oldest first. */
export function readOrders(connection: DatabaseConnection, account: number | null): Generator<WireEvent, void> {
  return readEvents(
    connection,
    "GatewayUserOrder",
    ["SELECT id AS key FROM orders WHERE ?1 IS NULL OR account_id = ?1 ORDER BY created_at, id", account],
    `SELECT account_id, id, contract_id AS contractId, type, side, size, limit_price AS limitPrice,
      stop_price AS stopPrice, state, created_at AS createdAt, updated_at AS updatedAt FROM orders WHERE id = ?`,
    toWireNumbers,
  );
}

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
export function readContracts(connection: DatabaseConnection): Generator<WireEvent, void> {
  return readEvents(
    connection,
    "GatewayContract",
    ["SELECT contract_id AS key FROM contract_cache ORDER BY contract_id"],
    `SELECT NULL AS account_id, contract_id AS contractId, name, symbol_id AS symbolId, tick_size AS tickSize,
      tick_value AS tickValue FROM contract_cache WHERE contract_id = ?`,
  );
}
