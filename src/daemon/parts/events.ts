import type { EventsEntry } from "../../api/control/schemas.ts";
import { type StreamServer, startStreamServer } from "../../api/stream/server.ts";
import type { DaemonEvent, EventBus } from "../../events/bus.ts";
import { createFeed, type ParseEvent } from "../../events/create-feed.ts";
import type { NumberedEvent, WireEvent } from "../../events/event.ts";
import type { EventFeed } from "../../events/feed.ts";
import type { Audit } from "../../platform/audit.ts";
import { describeError } from "../../platform/failure.ts";
import type { StreamSettings } from "../settings.ts";

/** The feed and the stream of this daemon, which one process at a time has open. */
export interface EventRoom {
  /** Of whichever database is open; listeners stay over a hand-over that came to nothing. */
  readonly feed: EventFeed;
  /** How the stream and the database fare. */
  status(): EventsEntry;
  /** Opens the stream, and tells that the daemon runs. */
  open(): void;
  /** Tells that the daemon stops. */
  announceEnd(why: string): Promise<void>;
  /** Closes the stream's clients, within 1 s; what happens from now on, they find when they come again. */
  hangUp(): Promise<void>;
  /** Closes the database, after which nothing is told any more. */
  close(): Promise<void>;
}

export interface EventRoomParts {
  /** Of the database. */
  readonly path: string;
  readonly settings: StreamSettings;
  readonly bus: EventBus;
  readonly version: string;
  readonly audit: Audit;
  readonly now: () => number;
  readonly onActivity: () => void;
  /** Where the operator reads. */
  readonly say: (line: string) => void;
}

/** A port that somebody else has is tried again, without the daemon waiting for it. */
const RETRY_MS = 30_000;

export function createEventRoom(parts: EventRoomParts): EventRoom {
  const { path, settings, bus, version, audit, now } = parts;
  const listeners = new Set<(events: readonly NumberedEvent[]) => void>();
  let current = openFeed();
  let stream: StreamServer | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  bus.subscribe((event) => void current.tell(toWire(event)));

  const feed: EventFeed = {
    publish: (events, key) => current.publish(events, key),
    tell: (event) => current.tell(event),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replay: (seq, most) => current.replay(seq, most),
    snapshot: (account) => current.snapshot(account),
    get lastSeq() {
      return current.lastSeq;
    },
    get fault() {
      return current.fault;
    },
    close: () => current.close(),
  };
  let isOpen = true;
  let streamFault: string | undefined;

  return {
    feed,
    status: () => ({
      url: stream === undefined ? null : `ws://localhost:${stream.port}`,
      clients: stream?.clients() ?? 0,
      fault: feed.fault ?? streamFault ?? null,
    }),
    open() {
      if (!isOpen) current = openFeed();
      isOpen = true;
      void current.tell(status("RUNNING", `wpdaemon ${version} runs`));
      if (settings.enabled) openStream(true);
    },
    announceEnd: (why) => current.tell(status("STOPPING", why)),
    async hangUp() {
      clearTimeout(retry);
      await stream?.stop();
      stream = undefined;
    },
    async close() {
      isOpen = false;
      await current.close();
    },
  };

  function openFeed(): EventFeed {
    const opened = createFeed({ path, loadParser, now, audit });
    opened.subscribe((events) => {
      for (const listener of [...listeners]) listener(events);
    });
    return opened;
  }

  function openStream(isFirst: boolean): void {
    try {
      stream = startStreamServer({ ...parts, ...settings, feed });
      streamFault = undefined;
      parts.say(`Event stream on ws://localhost:${stream.port}`);
      audit("INFO", `Event stream on port ${stream.port}`);
    } catch (error) {
      streamFault = describeError(error);
      if (isFirst) {
        parts.say(streamFault);
        audit("ERROR", streamFault);
      }
      retry = setTimeout(() => openStream(false), RETRY_MS);
      retry.unref();
    }
  }

  function status(word: "RUNNING" | "STOPPING", message: string): WireEvent {
    const data = { status: word, message, timestamp: new Date(now()).toISOString() };
    return { type: "daemon_status", account_id: null, data };
  }
}

async function loadParser(): Promise<ParseEvent> {
  return (await import("../../events/trading/parse-event.ts")).parseEvent;
}

/** What the daemon tells of itself, in the stream's envelope. */
function toWire({ type, at, ...members }: DaemonEvent): WireEvent {
  return { type, account_id: null, data: { ...members, timestamp: new Date(at).toISOString() } };
}
