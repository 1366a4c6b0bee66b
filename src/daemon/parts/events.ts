import type { EventsEntry } from "../../api/control/schemas.ts";
import { type StreamServer, startStreamServer } from "../../api/stream/server.ts";
import type { DaemonEvent, EventBus } from "../../events/bus.ts";
import type { WireEvent } from "../../events/event.ts";
import { createFeed } from "../../events/feed.ts";
import type { Audit } from "../../platform/audit.ts";
import { describeError } from "../../platform/failure.ts";
import type { StreamSettings } from "../settings.ts";

interface EventServiceParts {
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

/** The feed and the stream of this daemon, which one process at a time has open. */
export type EventService = ReturnType<typeof createEventService>;

export function createEventService(parts: EventServiceParts) {
  const { path, settings, bus, version, audit, now } = parts;
  const feed = createFeed({ path, now, audit });
  let stream: StreamServer | undefined;
  let streamFault: string | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  bus.subscribe((event) => void feed.record(toWire(event)));

  return {
    /** Its listeners stay over a hand-over that came to nothing. */
    feed,
    /** How the stream and the database fare. */
    status: (): EventsEntry => ({
      url: stream === undefined ? null : `ws://localhost:${stream.port}`,
      clients: stream?.clients() ?? 0,
      fault: feed.fault ?? streamFault ?? null,
    }),
    /** Opens the stream, and tells that the daemon runs. */
    open(): void {
      feed.open();
      void feed.record(describeDaemon("RUNNING", `wpdaemon ${version} runs`));
      if (settings.enabled) openStream(true);
    },
    /** Tells that the daemon stops. */
    announceEnd: (why: string) => feed.record(describeDaemon("STOPPING", why)),
    /** Closes the stream's clients, within 1 s; what happens from now on, they find when they come again. */
    async hangUp(): Promise<void> {
      clearTimeout(retry);
      await stream?.stop();
      stream = undefined;
    },
    /** Closes the database, after which nothing is told any more. */
    close: () => feed.close(),
  };

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

  function describeDaemon(word: "RUNNING" | "STOPPING", message: string): WireEvent {
    const data = { status: word, message, timestamp: new Date(now()).toISOString() };
    return { type: "daemon_status", account_id: null, data };
  }
}

/** What the daemon tells of itself, in the stream's envelope. */
function toWire({ type, at, ...members }: DaemonEvent): WireEvent {
  return { type, account_id: null, data: { ...members, timestamp: new Date(at).toISOString() } };
}
