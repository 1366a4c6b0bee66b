import type { Audit } from "../platform/audit.ts";
import { Failure } from "../platform/failure.ts";
import type { NumberedEvent, WireEvent } from "./event.ts";
import type { EventFeed } from "./feed.ts";
import { createCommitQueue } from "./store/commit-queue.ts";
import { keepStore } from "./store/keep-store.ts";
import { createLatest } from "./store/latest.ts";
import { DEFAULT_FEED_LIMITS, type FeedLimits, LONGEST_KEY } from "./store/limits.ts";
import type { Checked } from "./store/store.ts";

/** What comes from outside as an event, or a sentence that says what is wrong with it. */
export type ParseEvent = (input: unknown, now: number) => WireEvent | { readonly reject: string };

export interface FeedParts {
  /** Of the database; it and its folder are made at the first use. */
  readonly path: string;
  /** Called once, for the first event from outside: a daemon that nobody publishes to does without. */
  readonly loadParser: () => Promise<ParseEvent>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly audit: Audit;
  readonly limits?: Partial<FeedLimits>;
}

/**
 * The feed over one SQLite database, of which it is the only writer. The database is opened at the first use; one that
 * is damaged or not ours is set aside under another name and a fresh one begun, with higher numbers, which `audit` hears.
 * `replay`, `snapshot` and `publish` throw Failure `file-unusable` where the disk gives or takes nothing.
 */
export function createFeed({ path, loadParser, now, audit, limits: wanted }: FeedParts): EventFeed {
  const limits = { ...DEFAULT_FEED_LIMITS, ...wanted };
  const keeper = keepStore({ path, now, audit, limits });
  const latest = createLatest(limits.quotes);
  const listeners = new Set<(events: readonly NumberedEvent[]) => void>();
  const queue = createCommitQueue({
    write: (calls) => keeper.use((store) => store.write(calls)),
    tell: tellAll,
    audit,
  });
  let parse: ParseEvent | undefined;
  let isClosed = false;
  let lastKnown = 0;

  function tellAll(events: readonly NumberedEvent[]): void {
    for (const event of events) latest.note(event);
    for (const listener of [...listeners]) {
      try {
        listener(events);
      } catch {
        // A listener's fault is its own; the others must hear all the same.
      }
    }
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

  function lastSeq(): number {
    try {
      if (!isClosed) lastKnown = keeper.use((store) => store.lastSeq);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    return lastKnown;
  }

  return {
    async publish(events, key) {
      const callKey = key === undefined ? undefined : { key: checkKey(key), fingerprint: fingerprint(events) };
      const loaded = parse ?? (await loadParser());
      parse = loaded;
      if (isClosed) throw new Failure("daemon-not-running", "the daemon is stopping and takes no more events");
      return queue.publish({ events: events.map((event) => check(event, loaded)), key: callKey });
    },
    async tell(event) {
      if (!isClosed) await queue.leave({ events: [measure(event)] });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replay: (seq, most = REPLAYED_AT_ONCE) => keeper.use((store) => store.replay(seq, most)),
    snapshot(account) {
      return keeper.use((store) => {
        const events = store.readState(latest.quotes(account), account);
        const all = latest.status === undefined ? events : [latest.status, ...events];
        return all.map((event) => ({ seq: store.lastSeq, ...event }));
      });
    },
    get lastSeq() {
      return lastSeq();
    },
    get fault() {
      return queue.refusal;
    },
    async close() {
      if (isClosed) return;
      queue.finish();
      lastSeq();
      isClosed = true;
      keeper.close();
    },
  };
}

/** Few enough that nobody waits for the reading, many enough that a whole replay is some forty of them. */
const REPLAYED_AT_ONCE = 256;

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
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
