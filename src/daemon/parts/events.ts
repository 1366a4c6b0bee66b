import * as v from "valibot";
import type { EventsEntry } from "../../api/control/schemas.ts";
import type { StreamServer } from "../../api/stream/server.ts";
import type { DaemonEvent, EventBus } from "../../events/bus.ts";
import type { WireEvent } from "../../events/event.ts";
import type { EventFeed } from "../../events/feed.ts";
import type { Audit } from "../../platform/audit.ts";
import { letGo } from "../../platform/containment.ts";
import { describeError, Failure } from "../../platform/failure.ts";
import { startTimer } from "../../platform/timers.ts";
import { settlesWithin } from "../../platform/waiting.ts";
import type { Part } from "../part.ts";
import { portSchema } from "../port-schema.ts";

const originSchema = v.pipe(
  v.string(),
  v.regex(/^https?:\/\/[^/\s]+$/, "not an origin: write https://host or http://host:port"),
);

/** The event stream, a WebSocket on both loopback addresses. */
export const streamSection = v.strictObject({
  enabled: v.optional(v.boolean(), true),
  port: v.optional(portSchema, 8_765),
  /** Of web pages that may listen. */
  origins: v.optional(v.array(originSchema), []),
});

interface EventPartsOptions {
  /** Of the database. */
  readonly path: string;
  readonly settings: v.InferOutput<typeof streamSection>;
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

/** How long listeners wait for the events of tunnels that end; with their own last words, less than a second. */
const LAST_EVENTS_MS = 200;

/**
 * The feed and the stream, as two parts. The feed keeps what happens to tunnels from their first moment to their last; the
 * stream opens once all others serve, and is the first to say that the daemon stops.
 */
export function createEventParts(options: EventPartsOptions) {
  const { path, settings, bus, version, audit, now } = options;
  let opened: EventFeed | undefined;
  let stream: StreamServer | undefined;
  let streamFault: string | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const othersHaveStopped = Promise.withResolvers<void>();
  let hangingUp: Promise<void> | undefined;
  const loadFeed = () => import("../../events/feed.ts");
  const loadStream = () => import("../../api/stream/server.ts");

  const feedPart: Part = {
    name: "event feed",
    load: loadFeed,
    async open() {
      const { createFeed } = await loadFeed();
      const created = createFeed({ path, now, audit });
      opened = created;
      bus.subscribe((event) => letGo("events", created.record(toWire(event))));
    },
    freeze: () => feed().pause(),
    resume: () => feed().open(),
    close: () => feed().close(),
  };

  const streamPart: Part = {
    name: "event stream",
    load: async () => (settings.enabled ? await loadStream() : undefined),
    open,
    lend: () => stream?.lend() ?? [],
    async freeze() {
      // Before anybody has to wait: listeners may take their time.
      await announceEnd("another process takes over");
      await hangUp();
    },
    resume: open,
    async stop(why) {
      await announceEnd(`the daemon stops (${why})`);
      // Listeners need not wait for a child that takes its time.
      hangingUp = settlesWithin(othersHaveStopped.promise, LAST_EVENTS_MS).then(hangUp);
    },
    async close() {
      othersHaveStopped.resolve();
      await hangingUp;
    },
  };

  return {
    feedPart,
    streamPart,
    feed,
    /** Nothing was asked of the daemon for a while. */
    rest: () => opened?.rest(),
    /** How the stream and the database fare. */
    status: (): EventsEntry => ({
      url: stream === undefined ? null : `ws://localhost:${stream.port}`,
      clients: stream?.clients() ?? 0,
      fault: opened?.fault ?? streamFault ?? null,
    }),
  };

  /** Its listeners stay over a hand-over that came to nothing. */
  function feed(): EventFeed {
    if (opened === undefined) throw new Failure("internal", "the event feed is not open yet");
    return opened;
  }

  async function open(sockets: readonly number[]): Promise<void> {
    if (settings.enabled) await openStream(sockets, true);
    feed().postpone(describeDaemon("RUNNING", `wpdaemon ${version} runs`));
  }

  function announceEnd(why: string): Promise<void> {
    return feed().record(describeDaemon("STOPPING", why));
  }

  /** Closes the stream's clients, within 1 s; what happens from now on, they find when they come again. */
  async function hangUp(): Promise<void> {
    clearTimeout(retry);
    await stream?.stop();
    stream = undefined;
  }

  async function openStream(inherited: readonly number[] = [], isFirst = false): Promise<void> {
    const { startStreamServer } = await loadStream();
    try {
      stream = startStreamServer({ ...options, ...settings, inherited, feed: feed(), onActivity });
      streamFault = undefined;
      options.say(`Event stream on ws://localhost:${stream.port}`);
      audit("INFO", `Event stream on port ${stream.port}`);
    } catch (error) {
      streamFault = describeError(error);
      if (isFirst) {
        options.say(streamFault);
        audit("ERROR", streamFault);
      }
      retry = startTimer("event stream", RETRY_MS, () => openStream());
      retry.unref();
    }
  }

  function onActivity(): void {
    feed().writePostponed();
    options.onActivity();
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
