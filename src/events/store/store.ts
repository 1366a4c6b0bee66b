import { Failure } from "../../platform/failure.ts";
import type { NumberedEvent, Publication, Replay, WireEvent } from "../event.ts";
import { isDurable } from "../event-types.ts";
import {
  findHolders,
  pruneByAge,
  pruneByCount,
  readLastKnownState,
  updateLastKnownState,
} from "../tables/last-known-state.ts";
import { type AnswerLimits, type CallKey, findAnswer, storeAnswer } from "./answers.ts";
import type { DatabaseConnection } from "./connection.ts";
import { countEvents, pruneEvents, readEventsAfter, storeEvent } from "./event-log.ts";

/** How much the feed keeps. Times in milliseconds. */
export interface FeedLimits extends AnswerLimits {
  /** Events that can be replayed; a few more are there for moments. */
  readonly events: number;
  readonly eventAge: number;
  /** Latest quotes in memory, one for each account and contract. */
  readonly quotes: number;
  /** Longest payload of one event, in characters of JSON. */
  readonly eventCharacters: number;
}

const DAY = 86_400_000;

export const DEFAULT_FEED_LIMITS: FeedLimits = {
  events: 10_000,
  eventAge: 7 * DAY,
  answers: 10_000,
  answerAge: DAY,
  quotes: 1_000,
  eventCharacters: 16_384,
};

/** One event of a call: what it is and its payload as JSON, or why it is none. */
export type Checked = { readonly event: WireEvent; readonly body: string } | { readonly reason: string };

/** The events of one call of a publisher: all of them are stored, or none. */
export interface Call {
  readonly events: readonly Checked[];
  readonly key?: CallKey | undefined;
}

export interface Written {
  /** The answer to each call, or why it is refused. */
  readonly answers: readonly (readonly Publication[] | Failure)[];
  /** The new events, in order. */
  readonly events: readonly NumberedEvent[];
}

/** Tables of the last known state are looked through for old rows once in this time. */
const PRUNE_MILLISECONDS = 3_600_000;
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

/** What is known in memory about the file's content; restored where a transaction fails. */
interface Mark extends Numbering {
  readonly lastSeq: number;
  readonly kept: number;
  readonly nextPrune: number;
}

/** The events on disk, their numbers, and what follows from them. Methods throw SQLiteError or Failure `state-corrupt`. */
export type Store = ReturnType<typeof createStore>;

/** @param now milliseconds since the epoch. @throws SQLiteError, Failure `state-corrupt`. */
export function createStore(connection: DatabaseConnection, now: () => number, limits: FeedLimits) {
  const numbering = readNumbering(connection);
  let mark: Mark = { ...numbering, lastSeq: numbering.reserved, kept: countEvents(connection), nextPrune: 0 };

  function write(calls: readonly Call[]): Written {
    const before = mark;
    const at = now();
    try {
      if (!calls.some(changesDisk)) {
        const written = answerAll(calls, at);
        // There were not numbers put aside for all of them: they are taken anew, and numbers put aside.
        if (mark.lastSeq <= mark.reserved) return written;
        mark = before;
      }
      return connection.transaction(() => {
        const written = answerAll(calls, at);
        tidy(at);
        return written;
      });
    } catch (error) {
      mark = before;
      throw error;
    }
  }

  function answerAll(calls: readonly Call[], at: number): Written {
    const events: NumberedEvent[] = [];
    return { answers: calls.map((call) => answer(call, at, events)), events };
  }

  function answer({ events, key }: Call, at: number, written: NumberedEvent[]): readonly Publication[] | Failure {
    try {
      const earlier = key && findAnswer(connection, key, at - limits.answerAge);
      if (earlier !== undefined) return earlier;
    } catch (error) {
      if (error instanceof Failure && error.code === "usage") return error;
      throw error;
    }
    const publications = events.map((each): Publication => {
      if ("reason" in each) return { accepted: false, reason: each.reason };
      const { event, body } = each;
      if (isDurable(event.type)) return { accepted: true, seq: keep(event, body, at, written) };
      const readers = event.account_id === null ? findReaders(event) : [event.account_id];
      for (const account_id of readers) number({ ...event, account_id }, written);
      return { accepted: true, seq: readers.length === 0 ? null : mark.lastSeq };
    });
    if (key !== undefined) storeAnswer(connection, key, publications, at, limits);
    return publications;
  }

  function keep(event: WireEvent, body: string, at: number, written: NumberedEvent[]): number {
    const seq = number(event, written);
    storeEvent(connection, seq, event, body, at);
    updateLastKnownState(connection, event, at);
    mark = { ...mark, kept: mark.kept + 1 };
    return seq;
  }

  function number(event: WireEvent, written: NumberedEvent[]): number {
    const seq = mark.lastSeq + 1;
    mark = { ...mark, lastSeq: seq };
    written.push({ seq, ...event });
    return seq;
  }

  /** A broker's quote is of no account: those who hold something in its contract get it. */
  function findReaders({ data }: WireEvent): readonly number[] {
    const contract = data["contractId"];
    return typeof contract === "string" ? findHolders(connection, contract) : [];
  }

  function tidy(at: number): void {
    const before = mark;
    const isDue = at >= mark.nextPrune;
    const excess = mark.kept - limits.events;
    if (isDue || excess > limits.events * PRUNED_PART) {
      const pruned = pruneEvents(connection, excess, at - limits.eventAge);
      if (pruned !== undefined) mark = { ...mark, kept: mark.kept - pruned.count, pruned: pruned.upTo };
    }
    pruneByCount(connection);
    if (isDue) {
      pruneByAge(connection, at);
      mark = { ...mark, nextPrune: at + PRUNE_MILLISECONDS };
    }
    if (mark.lastSeq > mark.reserved) mark = { ...mark, reserved: mark.lastSeq + RESERVED_AHEAD };
    if (mark.reserved !== before.reserved || mark.pruned !== before.pruned) writeNumbering(connection, mark);
  }

  return {
    /** The highest number that was, or may have been, given out. */
    get lastSeq(): number {
      return mark.lastSeq;
    },
    /** Takes the calls in one transaction: on return they are durable; where it throws, nothing has changed. */
    write,
    replay: (seq: number, most: number): Replay => ({
      events: readEventsAfter(connection, seq, most),
      hasGap: seq < mark.pruned || seq > mark.lastSeq,
    }),
    /** The last known state as events, the quotes as given at its end. */
    readState: (quotes: readonly WireEvent[], account?: number) =>
      readLastKnownState(connection, now(), quotes, account),
    /** Puts down the last number exactly, and closes the database. */
    close(): void {
      try {
        writeNumbering(connection, { reserved: mark.lastSeq, pruned: mark.pruned });
      } finally {
        connection.close();
      }
    },
  };
}

/** Quotes alone have nothing to write. */
function changesDisk({ events, key }: Call): boolean {
  return key !== undefined || events.some((each) => "event" in each && isDurable(each.event.type));
}

/** @throws Failure `state-corrupt` where there is none. */
function readNumbering(connection: DatabaseConnection): Numbering {
  const row = connection.first<Numbering>("SELECT reserved, pruned FROM numbering");
  if (row === undefined || !Number.isSafeInteger(row.reserved))
    throw new Failure("state-corrupt", "the numbers of the events are missing in the database");
  return row;
}

function writeNumbering(connection: DatabaseConnection, { reserved, pruned }: Numbering): void {
  connection.run("INSERT OR REPLACE INTO numbering VALUES (1, ?, ?)", reserved, pruned);
}
