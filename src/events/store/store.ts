import { Failure } from "../../platform/failure.ts";
import type { NumberedEvent, WireEvent } from "../event.ts";
import type { Publication, Replay } from "../feed.ts";
import { applyEvent, readLastKnownState } from "../tables/last-known-state.ts";
import { type CallKey, findAnswer, storeAnswer } from "./answers.ts";
import type { Connection } from "./connection.ts";
import { countEvents, pruneEvents, readEventsAfter, storeEvent } from "./event-log.ts";
import { findHolders } from "./holders.ts";
import type { FeedLimits } from "./limits.ts";
import { type Numbering, RESERVED_AHEAD, readNumbering, writeNumbering } from "./numbering.ts";
import { pruneByAge, pruneByCount } from "./prune-state.ts";

/** One event of a call: what it is and its payload as JSON, or why it is none. */
export type Checked = { readonly event: WireEvent; readonly body: string } | { readonly reason: string };

/** What one publisher handed in at once: all of it is taken, or nothing. */
export interface Call {
  readonly events: readonly Checked[];
  readonly key?: CallKey | undefined;
}

export interface Written {
  /** For each call its answer, or what was wrong with it. */
  readonly answers: readonly (readonly Publication[] | Failure)[];
  /** What is new, in order. */
  readonly events: readonly NumberedEvent[];
}

/** The events on disk, their numbers, and what follows from them. Methods throw SQLiteError or Failure `state-corrupt`. */
export interface Store {
  /** The highest number that was, or may have been, given out. */
  readonly lastSeq: number;
  /** Takes the calls in one transaction: on return they are durable; where it throws, nothing has changed. */
  write(calls: readonly Call[]): Written;
  replay(seq: number, most: number): Replay;
  /** The last known state as events, the quotes as given at its end. */
  readState(quotes: readonly WireEvent[], account?: number): readonly WireEvent[];
  /** Puts down the last number exactly, and closes the database. */
  close(): void;
}

/** What the feed carries most of, and what nobody asks for a second time. */
export const QUOTE = "MarketQuote";

/** Tables of the last known state are looked through for old rows once in this time. */
const PRUNE_MILLISECONDS = 3_600_000;
/** Old events are deleted so many at a time (as a part of all), which costs less than one with each new one. */
const PRUNED_PART = 1 / 64;

/** What is in memory about the file's content; put back as it was where a transaction fails. */
interface Mark extends Numbering {
  readonly lastSeq: number;
  readonly kept: number;
  readonly nextPrune: number;
}

/** @param now milliseconds since the epoch. @throws SQLiteError, Failure `state-corrupt`. */
export function createStore(connection: Connection, now: () => number, limits: FeedLimits): Store {
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

  function answer({ events, key }: Call, at: number, told: NumberedEvent[]): readonly Publication[] | Failure {
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
      if (event.type !== QUOTE) return { accepted: true, seq: keep(event, body, at, told) };
      const readers = event.account_id === null ? findReaders(event) : [event.account_id];
      for (const account_id of readers) number({ ...event, account_id }, told);
      return { accepted: true, seq: readers.length === 0 ? null : mark.lastSeq };
    });
    if (key !== undefined) storeAnswer(connection, key, publications, at, limits);
    return publications;
  }

  function keep(event: WireEvent, body: string, at: number, told: NumberedEvent[]): number {
    const seq = number(event, told);
    storeEvent(connection, seq, event, body, at);
    applyEvent(connection, event, at);
    mark = { ...mark, kept: mark.kept + 1 };
    return seq;
  }

  function number(event: WireEvent, told: NumberedEvent[]): number {
    const seq = mark.lastSeq + 1;
    mark = { ...mark, lastSeq: seq };
    told.push({ seq, ...event });
    return seq;
  }

  /** A broker's quote is of no account: reference page event-stream.md section 9 #3. */
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
    get lastSeq() {
      return mark.lastSeq;
    },
    write,
    replay: (seq, most) => ({
      events: readEventsAfter(connection, seq, most),
      hasGap: seq < mark.pruned || seq > mark.lastSeq,
    }),
    readState: (quotes, account) => readLastKnownState(connection, now(), quotes, account),
    close() {
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
  return key !== undefined || events.some((each) => "event" in each && each.event.type !== QUOTE);
}
