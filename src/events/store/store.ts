import { Failure } from "../../platform/failure.ts";
import type { NumberedEvent, Publication, WireEvent } from "../event.ts";
import { isDurable } from "../event-types.ts";
import {
  findHolders,
  pruneByAge,
  pruneByCount,
  pruneHoldings,
  readLastKnownState,
  updateLastKnownState,
} from "../tables/last-known-state.ts";
import { type AnswerLimits, type CallKey, findAnswer, storeAnswer } from "./answers.ts";
import type { DatabaseConnection } from "./connection.ts";
import { createEventLog, type LogLimits } from "./event-log.ts";

/** How much the feed keeps. Times in milliseconds. */
export interface FeedLimits extends LogLimits, AnswerLimits {
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

/** Events that the quotes of one call may become: each has as many as there are accounts that hold its contract. */
const MOST_TOLD = 10_000;

/** Tables of the last known state are looked through for old rows once in this time. */
const PRUNE_MILLISECONDS = 3_600_000;

/** The events on disk, their numbers, and what follows from them. Methods throw SQLiteError or Failure `state-corrupt`. */
export type Store = ReturnType<typeof createStore>;

/** @param now milliseconds since the epoch. @throws SQLiteError, Failure `state-corrupt`. */
export function createStore(connection: DatabaseConnection, now: () => number, limits: FeedLimits) {
  const log = createEventLog(connection, limits);
  let nextPrune = 0;

  function write(calls: readonly Call[]): Written {
    const restore = log.remember();
    const at = now();
    try {
      if (!calls.some(changesDisk)) {
        const written = answerAll(calls, at);
        if (log.isReserved) return written;
        // The disk does not know of all these numbers: they are taken anew, and more of them reserved.
        restore();
      }
      const isDue = at >= nextPrune;
      const written = connection.transaction(() => {
        const written = answerAll(calls, at);
        log.tidy(at, isDue);
        pruneByCount(connection);
        pruneHoldings(connection, accountsOf(written.events));
        if (isDue) pruneByAge(connection, at);
        return written;
      });
      if (isDue) nextPrune = at + PRUNE_MILLISECONDS;
      return written;
    } catch (error) {
      restore();
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
    let told = 0;
    const publications = events.map((each): Publication => {
      if ("reason" in each) return { accepted: false, reason: each.reason };
      const { event, body } = each;
      if (isDurable(event.type)) return { accepted: true, seq: keep(event, body, at, written) };
      if (event.account_id !== null) {
        written.push({ seq: log.takeNumber(), ...event });
        return { accepted: true, seq: log.lastSeq };
      }
      const room = MOST_TOLD - told;
      const readers = room === 0 ? [] : findReaders(event, room + 1);
      if (room === 0 || readers.length > room) {
        // To look who holds the contract of each of the others would take as long.
        told = MOST_TOLD;
        return { accepted: false, reason: TOO_MANY_READERS };
      }
      told += readers.length;
      for (const account_id of readers) written.push({ seq: log.takeNumber(), ...event, account_id });
      return { accepted: true, seq: readers.length === 0 ? null : log.lastSeq };
    });
    if (key !== undefined) storeAnswer(connection, key, publications, at, limits);
    return publications;
  }

  function keep(event: WireEvent, body: string, at: number, written: NumberedEvent[]): number {
    const seq = log.append(event, body, at);
    written.push({ seq, ...event });
    updateLastKnownState(connection, event, at);
    return seq;
  }

  /** A broker's quote is of no account: those who hold something in its contract get it. */
  function findReaders({ data }: WireEvent, most: number): readonly number[] {
    const contract = data["contractId"];
    return typeof contract === "string" ? findHolders(connection, contract, most) : [];
  }

  return {
    get lastSeq(): number {
      return log.lastSeq;
    },
    /** Takes the calls in one transaction: on return they are durable; where it throws, nothing has changed. */
    write,
    replay: log.replay,
    /** The last known state but for the quotes, as events of one account or of all; read as it is asked for. */
    readState: (account: number | null) => readLastKnownState(connection, now(), account),
    /** Closes the database. */
    close(): void {
      try {
        log.finish();
      } finally {
        connection.close();
      }
    },
  };
}

const TOO_MANY_READERS = `data.contractId: the quotes of one call would become more than ${MOST_TOLD} events, one for each account that holds their contracts; publish fewer at once, or with account_id`;

/** The accounts whose positions or orders may have changed. */
function accountsOf(events: readonly NumberedEvent[]): ReadonlySet<number> {
  const holdings = events.filter(({ type }) => type === "GatewayUserPosition" || type === "GatewayUserOrder");
  return new Set(holdings.flatMap(({ account_id }) => (account_id === null ? [] : [account_id])));
}

/** Quotes alone have nothing to write. */
function changesDisk({ events, key }: Call): boolean {
  return key !== undefined || events.some((each) => "event" in each && isDurable(each.event.type));
}
