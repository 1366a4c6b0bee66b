import * as v from "valibot";
import { Failure } from "../../platform/failure.ts";
import type { NumberedEvent, Replay, WireEvent } from "../event.ts";
import type { DatabaseConnection } from "./connection.ts";

export interface LogLimits {
  /** Events that can be replayed; a few more are there for moments. */
  readonly events: number;
  /** In milliseconds. */
  readonly eventAge: number;
}

/** Old events are deleted so many at a time (as a part of all), which costs less than one with each new one. */
const PRUNED_PART = 1 / 64;

/**
 * Quotes have numbers, but are not stored: so many numbers are put aside in advance, so that a restart after a kill does
 * not give one out twice. After a kill, the rest of them stays unused.
 */
const RESERVED_AHEAD = 10_000;

/** The row of the table `numbering`. */
interface Numbering {
  /** No number up to it is given out again. */
  readonly reserved: number;
  /** The highest number among the events that are no longer kept. */
  readonly pruned: number;
}

/** What is known in memory about the file's content. */
interface Mark extends Numbering {
  readonly lastSeq: number;
  readonly kept: number;
}

/**
 * Numbers events and keeps those that are durable. What it writes belongs to the caller's transaction.
 * @throws SQLiteError, Failure `state-corrupt`; so do its methods.
 */
export function createEventLog(connection: DatabaseConnection, limits: LogLimits) {
  const numbering = readNumbering(connection);
  let mark: Mark = { ...numbering, lastSeq: numbering.reserved, kept: countEvents(connection) };

  function takeNumber(): number {
    mark = { ...mark, lastSeq: mark.lastSeq + 1 };
    return mark.lastSeq;
  }

  return {
    /** The highest number that was, or may have been, given out. */
    get lastSeq(): number {
      return mark.lastSeq;
    },
    /** Whether the disk knows that the numbers given out are used. */
    get isReserved(): boolean {
      return mark.lastSeq <= mark.reserved;
    },
    /** @returns what puts numbers and counts back as they are now, for a transaction that fails. */
    remember(): () => void {
      const before = mark;
      return () => {
        mark = before;
      };
    },
    takeNumber,
    /** Stores an event under the next number. `body` is the payload as JSON, `at` in milliseconds since the epoch. */
    append({ type, account_id }: WireEvent, body: string, at: number): number {
      const seq = takeNumber();
      connection.run("INSERT INTO events VALUES (?, ?, ?, ?, ?)", seq, at, type, account_id, body);
      mark = { ...mark, kept: mark.kept + 1 };
      return seq;
    },
    /** Deletes events beyond the limits, at the latest when `isDue`, and writes down which numbers are used. */
    tidy(at: number, isDue: boolean): void {
      const { reserved, pruned } = mark;
      const excess = mark.kept - limits.events;
      if (isDue || excess > limits.events * PRUNED_PART) {
        const gone = pruneEvents(connection, excess, at - limits.eventAge);
        if (gone !== undefined) mark = { ...mark, kept: mark.kept - gone.count, pruned: gone.upTo };
      }
      if (mark.lastSeq > mark.reserved) mark = { ...mark, reserved: mark.lastSeq + RESERVED_AHEAD };
      if (mark.reserved !== reserved || mark.pruned !== pruned) writeNumbering(connection, mark);
    },
    replay(seq: number, most: number): Replay {
      const events = readEventsAfter(connection, seq, most);
      // A number that was never given comes from another database: nothing of what its reader knows is certain.
      if (seq > mark.lastSeq) return { events, gap: describeGap(1, mark.lastSeq) };
      if (seq >= mark.pruned) return { events };
      return { events, gap: describeGap(seq + 1, (events[0]?.seq ?? mark.lastSeq + 1) - 1) };
    },
    /** Writes the last number exactly, so that the next start goes on behind it. */
    finish(): void {
      writeNumbering(connection, { reserved: mark.lastSeq, pruned: mark.pruned });
    },
  };
}

/** Events from number `from` to number `to`, both included, are no longer there: docs/protocols/events.md, gap. */
function describeGap(from: number, to: number): NumberedEvent {
  return { seq: to, type: "gap", account_id: null, data: { from, to } };
}

function readNumbering(connection: DatabaseConnection): Numbering {
  const row = connection.first<Numbering>("SELECT reserved, pruned FROM numbering");
  if (row === undefined || !Number.isSafeInteger(row.reserved))
    throw new Failure("state-corrupt", "the numbers of the events are missing in the database");
  return row;
}

function writeNumbering(connection: DatabaseConnection, { reserved, pruned }: Numbering): void {
  connection.run("INSERT OR REPLACE INTO numbering VALUES (1, ?, ?)", reserved, pruned);
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
function readEventsAfter(connection: DatabaseConnection, seq: number, most: number): readonly NumberedEvent[] {
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

function countEvents(connection: DatabaseConnection): number {
  return connection.first<{ readonly count: number }>("SELECT count(*) AS count FROM events")?.count ?? 0;
}

/**
 * Deletes the oldest events: `excess` of them, and those from before `since` (milliseconds since the epoch). An old one
 * behind a younger one, which a clock that was set back can cause, waits until the younger one goes.
 * @returns how many went, and the highest number among them; undefined where none did.
 */
function pruneEvents(connection: DatabaseConnection, excess: number, since: number) {
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
