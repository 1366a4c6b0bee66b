// The viewer looks at the event stream from outside: a client that never loses its place (client/), the last known state
// in SQLite (database/), what both together mean for one account (state/), and how that looks in a terminal (screen/). It
// speaks to the daemon as any stranger would, and changes nothing. Clock, timers, socket and terminal are handed in.

import { describeError } from "../../platform/failure.ts";
import { followStream, type StreamEvent, type StreamListener, type StreamOptions } from "./stream.ts";

/** Where the state that a viewer shows comes from. Times are milliseconds since the epoch. */
export type FeedStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "live"; readonly since: number }
  /** No stream: what the database says, as old as it is. */
  | { readonly kind: "fallback"; readonly reason: string; readonly since: number; readonly retryAt: number };

interface FeedListener<Rows> extends Required<Pick<StreamListener, "onEvent" | "onHeartbeat" | "onIgnored">> {
  /** The last known state, which replaces all that was held. */
  onRows(rows: Rows): void;
  /** The last known state cannot be read, and why. */
  onUnreadable(reason: string): void;
  onStatus(status: FeedStatus): void;
}

interface FeedOptions<Rows> extends Omit<StreamOptions, "snapshot"> {
  /** Reads the last known state at one moment, as plain data. What it throws is told as `onUnreadable`. */
  read(): Promise<Rows>;
}

/** How often the database is asked while the stream does not tell. */
const POLL_MS = 1_000;

/**
 * One account's feed without gaps: opens the socket and keeps what comes, reads the last known state, hands it on, then
 * what was kept, then what comes. Without the stream, or after a gap in it, it reads the state again: once a second until
 * the stream is back.
 */
export function createFeedClient<Rows>(options: FeedOptions<Rows>, listener: FeedListener<Rows>) {
  const { timers } = options;
  let isOpen = false;
  let hasRows = false;
  /** Events that came while the state is being read; undefined while they go straight on. */
  let kept: StreamEvent[] | undefined;
  let isStale = false;
  let isReading = false;
  let isClosed = false;
  let lostAt: number | undefined;
  let reported: string | undefined;
  let cancelPoll = timers.after(POLL_MS, poll);

  listener.onStatus({ kind: "connecting" });
  const stream = followStream(
    { ...options, snapshot: options.since === undefined },
    {
      onOpen() {
        isOpen = true;
        lostAt = undefined;
        listener.onStatus({ kind: "live", since: timers.now() });
        reread();
      },
      onEvent(event) {
        if (kept === undefined) listener.onEvent(event);
        else kept.push(event);
      },
      onHeartbeat: () => listener.onHeartbeat(),
      onGap: reread,
      onIgnored: (reason) => listener.onIgnored(reason),
      onLost({ reason, retryInMs }) {
        const wasShown = isOpen && hasRows;
        isOpen = false;
        hasRows = false;
        reported = undefined;
        const now = timers.now();
        lostAt ??= now;
        listener.onStatus({ kind: "fallback", reason, since: lostAt, retryAt: now + retryInMs });
        if (wasShown) pollLater();
        else poll();
      },
    },
  );

  return {
    close(): void {
      isClosed = true;
      cancelPoll();
      stream.close();
    },
  };

  /** The state is read anew; what comes meanwhile follows it. */
  function reread(): void {
    kept ??= [];
    isStale = true;
    if (!isReading) void readAndApply();
  }

  /** A daemon that goes closes its stream before its database, and a reader would be in the way. */
  function pollLater(): void {
    cancelPoll();
    cancelPoll = timers.after(POLL_MS, poll);
  }

  function poll(): void {
    if (isClosed) return;
    pollLater();
    if (isOpen && hasRows) return;
    if (isOpen) reread();
    else if (!isReading) void readAndApply();
  }

  async function readAndApply(): Promise<void> {
    isReading = true;
    let outcome: Outcome<Rows>;
    do {
      isStale = false;
      outcome = await options.read().then(
        (rows) => ({ rows }),
        (error: unknown) => ({ fault: describeError(error) }),
      );
    } while (isStale && !isClosed);
    isReading = false;
    if (isClosed) return;
    report(outcome);
    const following = kept ?? [];
    kept = undefined;
    for (const event of following) listener.onEvent(event);
  }

  function report(outcome: Outcome<Rows>): void {
    const text = JSON.stringify(outcome);
    const isNews = text !== reported;
    reported = text;
    if ("fault" in outcome) {
      if (isNews) listener.onUnreadable(outcome.fault);
      return;
    }
    hasRows = isOpen;
    // While the stream is open, what is shown has gone on from what was read before.
    if (isNews || isOpen) listener.onRows(outcome.rows);
  }
}

type Outcome<Rows> = { readonly rows: Rows } | { readonly fault: string };
