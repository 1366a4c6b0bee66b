import { createDoorShare } from "../net/lines/door-share.ts";
import { noteFault } from "../platform/containment.ts";
import { attemptOr, describeError, Failure } from "../platform/failure.ts";
import { type NumberedEvent, type Publication, quoteKeyOf, type Replay, type WireEvent } from "./event.ts";
import { createCommitQueue } from "./store/commit-queue.ts";
import { keepStore, type StoreParts } from "./store/keep-store.ts";
import { type Checked, DEFAULT_FEED_LIMITS, type FeedLimits, type Store } from "./store/store.ts";

/** Checks what was published. @returns the event, or a sentence that says what is wrong with it. */
type ParseEvent = (input: unknown, now: number) => WireEvent | { readonly reject: string };

export interface FeedParts extends Omit<StoreParts, "limits"> {
  /** Called once, for the first event from outside. */
  readonly loadParser?: () => Promise<ParseEvent>;
  readonly limits?: Partial<FeedLimits>;
}

/** The one place that every event goes through: checked, numbered, made durable, and only then told. */
export type EventFeed = ReturnType<typeof createFeed>;

/**
 * The feed over one SQLite database, of which it is the only writer. The database is opened at the first use; one that
 * is damaged or not ours is set aside under another name and a fresh one begun, with higher numbers, which `audit` hears.
 * `replay`, `snapshot` and `publish` throw Failure `file-unusable` where the disk gives or takes nothing or the database is
 * a newer wpdaemon's, and `daemon-not-running` while the feed is closed.
 */
export function createFeed({ path, loadParser = loadSchemas, now, audit, limits: wanted }: FeedParts) {
  const limits = { ...DEFAULT_FEED_LIMITS, ...wanted };
  const keeper = keepStore({ path, now, audit, limits });
  const latest = createLatest(limits.quotes);
  const listeners = new Set<(events: readonly NumberedEvent[]) => void>();
  const queue = createCommitQueue({
    write: (calls) => use((store) => store.write(calls)),
    announce,
    audit,
  });
  /** To check the events of one call takes up to a second, where they are wrong. */
  const share = createDoorShare();
  let parse: ParseEvent | undefined;
  let isClosed = false;
  let lastKnown = 0;
  /** Snapshots that are being read, by pieces that the open database has prepared. */
  let readers = 0;

  function use<Result>(work: (store: Store) => Result): Result {
    if (isClosed) throw new Failure("daemon-not-running", "the daemon is stopping, and its event database is closed");
    return keeper.use(work);
  }

  /** Who reads has to find what was postponed. */
  function read<Result>(work: (store: Store) => Result): Result {
    if (!isClosed) queue.writePostponed();
    return use(work);
  }

  function announce(events: readonly NumberedEvent[]): void {
    for (const event of events) latest.note(event);
    for (const listener of [...listeners]) {
      try {
        listener(events);
      } catch (error) {
        // A listener's fault is its own; the others must hear all the same.
        noteFault("events", error);
      }
    }
  }

  function* snapshot(account?: number): Generator<NumberedEvent, void> {
    readers += 1;
    try {
      yield* readSnapshot(account);
    } finally {
      readers -= 1;
    }
  }

  function* readSnapshot(account?: number): Generator<NumberedEvent, void> {
    const seq = read((store) => store.lastSeq);
    if (latest.status !== undefined) yield { seq, ...latest.status };
    const state = read((store) => store.readState(account ?? null));
    for (;;) {
      // Each step may read, from a database that may have been closed meanwhile.
      const { value, done } = use(() => state.next());
      if (done === true) break;
      yield { seq, ...value };
    }
    for (const event of latest.quotes(account)) yield { seq, ...event };
  }

  function check(input: unknown, parse: ParseEvent): Checked {
    const event = parse(input, now());
    return "reject" in event ? { reason: event.reject } : measure(event);
  }

  function measure(event: WireEvent): Checked {
    const body = toText(event.data);
    if (body === undefined) return { reason: "data: is nested too deeply" };
    if (body.length > limits.eventCharacters)
      return { reason: `data: is longer than ${limits.eventCharacters} characters of JSON` };
    return { event, body };
  }

  function readLastSeq(): number {
    try {
      if (!isClosed) lastKnown = read((store) => store.lastSeq);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    return lastKnown;
  }

  function pause(): void {
    if (isClosed) return;
    queue.finish();
    readLastSeq();
    isClosed = true;
  }

  return {
    /**
     * Takes events that somebody published, each on its own merits. Resolves once those that were accepted are on disk and
     * told to the listeners. With `key`, a repetition of the same call gives the first one's answer and changes nothing.
     * @throws Failure `file-unusable` where the disk does not take them: then none was accepted. `usage` for a wrong key.
     */
    async publish(events: readonly unknown[], key?: string): Promise<readonly Publication[]> {
      const callKey = key === undefined ? undefined : { key: checkKey(key), fingerprint: fingerprint(events) };
      const loaded = parse ?? (await loadParser());
      parse = loaded;
      const checked: Checked[] = [];
      for (const event of events) {
        if (share.isSpent()) await share.takeTurn();
        checked.push(check(event, loaded));
      }
      if (isClosed) throw new Failure("daemon-not-running", "the daemon is stopping and takes no more events");
      return await queue.publish({ events: checked, key: callKey });
    },
    /**
     * Takes an event of the daemon itself; it is on disk before any listener hears of it. Resolves then, or when the disk
     * has not taken it, which is tried again. While the feed is closed, the event is lost.
     */
    async record(event: WireEvent): Promise<void> {
      if (!isClosed) await queue.leave({ events: [measure(event)] });
    },
    /**
     * As `record`, but written only when somebody uses the feed: the database costs an idle daemon 0.7 MB. Who kills the
     * daemon before that loses an event of which nobody has heard.
     */
    postpone(event: WireEvent): void {
      if (!isClosed) queue.postpone({ events: [measure(event)] });
    },
    /** Somebody is about to listen: what happened before must not come to him as news. */
    writePostponed: queue.writePostponed,
    /** Hears of all events, in order, those of one moment together. @returns what ends it. */
    subscribe(listener: (events: readonly NumberedEvent[]) => void): () => void {
      queue.writePostponed();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /**
     * The oldest that are newer than `seq` and still kept: at most `most` and about 1 MiB of them at once. Who gets some asks
     * again after the last one's number; none means that there are no more.
     */
    replay: (seq: number, most = REPLAYED_AT_ONCE): Replay => read((store) => store.replay(seq, most)),
    /**
     * The last known state as ordinary events: the daemon's status, then contracts, and positions, working orders, lockouts
     * and the latest quotes of one account or of all. It is read by pieces, as it is asked for. The events have the number
     * up to which they are true at the least; what happens while it is read comes again with a higher one.
     */
    snapshot,
    /** The number of the latest event; 0 before the first. */
    get lastSeq(): number {
      return readLastSeq();
    },
    /** Why the last events could not be kept; undefined while all is well. */
    get fault(): string | undefined {
      return queue.refusal;
    },
    /** Writes what waits, and takes nothing more: the database is another daemon's. Listeners stay, in case it is opened again. */
    pause,
    /** Nothing happens for a while: gives back the 0.8 MB that the open database takes. The next use opens it again. */
    rest(): void {
      if (isClosed || readers > 0) return;
      try {
        keeper.close();
      } catch (error) {
        audit("ERROR", `the event database was closed with a fault: ${describeError(error)}`);
      }
    },
    /** Writes what waits, and closes the database, for which the disk may take its time. */
    async close(): Promise<void> {
      pause();
      keeper.close();
    },
    /** Goes on after `pause`, with whatever is in the database by then. */
    open(): void {
      isClosed = false;
    },
  };
}

/** A daemon that nobody publishes to does without the schemas. */
async function loadSchemas(): Promise<ParseEvent> {
  return (await import("./trading/parse-event.ts")).parseEvent;
}

/** Few enough that other work does not wait long, many enough that a whole replay takes about forty steps. */
const REPLAYED_AT_ONCE = 256;

/** A key is stored with every answer; anything that makes calls unique fits into this. */
const LONGEST_KEY = 200;

/** @throws Failure `usage`. */
function checkKey(key: string): string {
  if (key.length > 0 && key.length <= LONGEST_KEY) return key;
  throw new Failure("usage", `an idempotency key has 1 to ${LONGEST_KEY} characters, this one has ${key.length}`);
}

function fingerprint(events: readonly unknown[]): string {
  return Bun.hash(events.map(toText).join("\n")).toString(36);
}

/** Undefined for what is nested too deeply to be written. */
function toText(value: unknown): string | undefined {
  return attemptOr(undefined, () => JSON.stringify(value));
}

/**
 * What is last known and not in the database: this daemon's status and the latest quotes.
 * @param limit how many quotes are kept; the one that has not changed for longest goes first.
 */
function createLatest(limit: number) {
  const quotes = new Map<string, WireEvent>();
  let status: WireEvent | undefined;
  return {
    note({ type, account_id, data }: NumberedEvent): void {
      const event = { type, account_id, data };
      if (type === "daemon_status") status = event;
      const key = quoteKeyOf(event);
      if (key === undefined) return;
      quotes.delete(key);
      quotes.set(key, event);
      const [oldest] = quotes.keys();
      if (quotes.size > limit && oldest !== undefined) quotes.delete(oldest);
    },
    /** The last daemon_status; undefined before the first. */
    get status(): WireEvent | undefined {
      return status;
    },
    /** The quotes of one account or of all, those that changed last at the end. */
    quotes(account?: number): readonly WireEvent[] {
      const all = [...quotes.values()];
      return account === undefined ? all : all.filter((event) => event.account_id === account);
    },
  };
}
