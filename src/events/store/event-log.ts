import * as v from "valibot";
import { Failure } from "../../platform/failure.ts";
import type { NumberedEvent, WireEvent } from "../event.ts";
import type { DatabaseConnection } from "./connection.ts";

/** `body` is the payload as JSON, `at` in milliseconds since the epoch. */
export function storeEvent(
  connection: DatabaseConnection,
  seq: number,
  event: WireEvent,
  body: string,
  at: number,
): void {
  connection.run("INSERT INTO events VALUES (?, ?, ?, ?, ?)", seq, at, event.type, event.account_id, body);
}

interface EventRow {
  readonly seq: number;
  readonly type: string;
  readonly account_id: number | null;
  readonly body: string;
}

/** Payloads of this many characters together are enough for one read, whatever else was asked for. */
const ENOUGH_CHARACTERS = 1_048_576;

/**
 * The oldest that are newer than `seq` and still kept, in order: `most` of them at most, and fewer where they are long,
 * but none only if there are none. @throws Failure `state-corrupt` where a payload is damaged.
 */
export function readEventsAfter(connection: DatabaseConnection, seq: number, most: number): readonly NumberedEvent[] {
  const events: NumberedEvent[] = [];
  let after = seq;
  // One by one, since all that a statement returns is in memory at once.
  for (let characters = 0; events.length < most && characters < ENOUGH_CHARACTERS; ) {
    const row = connection.first<EventRow>(
      "SELECT seq, type, account_id, body FROM events WHERE seq > ? ORDER BY seq LIMIT 1",
      after,
    );
    if (row === undefined) break;
    const { body, ...envelope } = row;
    events.push({ ...envelope, data: parsePayload(body) });
    characters += body.length;
    after = row.seq;
  }
  return events;
}

export function countEvents(connection: DatabaseConnection): number {
  return connection.first<{ readonly count: number }>("SELECT count(*) AS count FROM events")?.count ?? 0;
}

interface Pruned {
  readonly count: number;
  /** The highest number among those that went. */
  readonly upTo: number;
}

/**
 * Deletes the oldest events: `excess` of them, and those from before `since` (milliseconds since the epoch). An old one
 * behind a younger one, which a clock that was set back can cause, waits until the younger one goes.
 */
export function pruneEvents(connection: DatabaseConnection, excess: number, since: number): Pruned | undefined {
  const tooMany = numberOf(connection, "SELECT seq FROM events ORDER BY seq LIMIT 1 OFFSET ?", Math.max(0, excess));
  const tooOld = numberOf(connection, "SELECT seq FROM events WHERE at >= ? ORDER BY seq LIMIT 1", since);
  const firstKept = Math.max(tooMany, tooOld);
  const last = connection.first<{ readonly seq: number | null }>(
    "SELECT max(seq) AS seq FROM events WHERE seq < ?",
    firstKept,
  );
  if (last === undefined || last.seq === null) return undefined;
  return { count: connection.run("DELETE FROM events WHERE seq < ?", firstKept), upTo: last.seq };
}

/** Beyond every event where there is no such one. */
function numberOf(connection: DatabaseConnection, sql: string, value: number): number {
  return connection.first<{ readonly seq: number }>(sql, value)?.seq ?? Number.MAX_SAFE_INTEGER;
}

const payloadSchema = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()));

function parsePayload(body: string): WireEvent["data"] {
  const payload = v.safeParse(payloadSchema, body);
  if (!payload.success) throw new Failure("state-corrupt", "an event's payload in the database is damaged");
  return payload.output;
}
