import type { WireEvent } from "../event.ts";
import type { StatefulType } from "../event-types.ts";
import type { DatabaseConnection } from "../store/connection.ts";
import { parseTime } from "../time.ts";

/** An event that changes what is last known of an account. */
export interface AccountEvent extends WireEvent {
  readonly account_id: number;
}

// Members of an event's payload as columns hold them; null where a publisher left one out. Nothing here throws: what was
// accepted must not fail afterwards, and take the others of its transaction with it.

type Payload = WireEvent["data"];

export function textIn(data: Payload, name: string): string | null {
  const value = data[name];
  return typeof value === "string" ? value : null;
}

export function numberIn(data: Payload, name: string): number | null {
  const value = data[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function integerIn(data: Payload, name: string): number | null {
  const value = data[name];
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}

/** ISO-8601 in UTC with three digits of fraction, whatever form it came in. */
export function timeIn(data: Payload, name: string): string | null {
  const at = momentIn(data, name);
  return at === null ? null : new Date(at).toISOString();
}

/** Milliseconds since the epoch. */
export function momentIn(data: Payload, name: string): number | null {
  const text = textIn(data, name);
  return text === null ? null : (parseTime(text) ?? null);
}

/**
 * Reads rows as the events that would make them, each only when it is asked for: a row that has gone meanwhile is passed
 * over.
 * @param keysBy gives the keys of all rows, in order, each as `key`.
 * @param rowBy gives the row of the key `?`, under the names of the event's members, `account_id` among them.
 * @param convert gives the members that the table has in another form.
 */
export function* readEvents<Row>(
  connection: DatabaseConnection,
  type: StatefulType,
  keysBy: readonly [sql: string, ...values: (string | number | null)[]],
  rowBy: string,
  convert: (row: Row) => object = () => ({}),
): Generator<WireEvent, void> {
  const keys = connection.all<{ readonly key: string | number }>(...keysBy);
  for (const { key } of keys) {
    const row = connection.first<EventRow & Row>(rowBy, key);
    if (row === undefined) continue;
    const { account_id, ...data }: EventRow = row;
    yield { type, account_id, data: { ...data, ...convert(row) } };
  }
}

interface EventRow {
  readonly account_id: number | null;
  readonly [member: string]: unknown;
}
