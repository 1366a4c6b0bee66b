import type { NumberedEvent } from "../../events/event.ts";
import type { EventFeed } from "../../events/feed.ts";
import { type Audit, limitAudit } from "../../platform/audit.ts";
import { contain } from "../../platform/containment.ts";
import { inNextTurn, startInterval, startTimer } from "../../platform/timers.ts";
import { settlesWithin } from "../../platform/waiting.ts";
import {
  CLOSE_CODE,
  type Client,
  type ClientSocket,
  countFrame,
  end,
  ping,
  STREAM_PART,
  sendCloseFrame,
} from "./client.ts";
import { advance, deliver } from "./delivery.ts";
import { type OutgoingEvent, writeEvent } from "./outgoing-event.ts";
import { createSlowClients } from "./slow-clients.ts";

export interface BroadcastParts {
  readonly feed: EventFeed;
  readonly audit: Audit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called whenever a client comes, goes, speaks, or is sent something. */
  readonly onActivity: () => void;
  /** Milliseconds between pings; who has not answered one by the next is dropped. */
  readonly pingMs: number;
}

const STOPS = "wpdaemon stops";

/** How long clients that are behind keep a daemon from stopping. */
const LAST_WORDS_MS = 700;

/** Sends everything that the feed tells to all who listen. */
export function createBroadcast({ feed, audit, now, onActivity, pingMs }: BroadcastParts) {
  const sockets = new Set<ClientSocket>();
  const supply = { feed, slow: createSlowClients() };
  // Anybody on this machine may come and go as often as he likes.
  const auditArrival = limitAudit(audit);
  const auditLeaving = limitAudit(audit);
  let pings: ReturnType<typeof setInterval> | undefined;
  let onEased: (() => void) | undefined;
  const batch = createBatch((events) => {
    const messages = events.map(writeEvent);
    onActivity();
    for (const socket of sockets) give(socket, messages);
  });
  const give = contain(
    STREAM_PART,
    (socket: ClientSocket, messages: readonly OutgoingEvent[]) => deliver(socket, messages, supply),
    (socket) => end(socket, CLOSE_CODE.internalError, "internal error"),
  );
  const pingOne = contain(STREAM_PART, ping, (socket) => socket.terminate());
  const unsubscribe = feed.subscribe((events) => {
    if (sockets.size > 0) batch.add(events);
  });

  return {
    get size(): number {
      return sockets.size;
    },
    /** The addresses of those who listen. */
    names: (): ReadonlySet<string> => new Set([...sockets].map(({ data }) => data.name)),
    /** The handlers for all WebSockets of the server. */
    handlers: {
      open: welcome,
      message: countFrame,
      ping: countFrame,
      pong(socket) {
        socket.data.hasAnsweredPing = true;
        countFrame(socket);
      },
      drain(socket) {
        sendCloseFrame(socket);
        supply.slow.weigh(socket);
        // What it has missed is read from the feed, which knows more than has been sent.
        if (socket.data.isCatchingUp || socket.data.awaitsSnapshot) batch.flush();
        if (socket.data.backlog !== undefined) advance(socket, supply);
        onEased?.();
      },
      close: remove,
    } satisfies Bun.WebSocketHandler<Client>,
    /** Sends what is still to be sent, as far as the clients take it, and closes them all with 1001; within 0.8 s. */
    async close(): Promise<void> {
      unsubscribe();
      batch.flush();
      batch.stop();
      const { promise, resolve } = Promise.withResolvers<void>();
      onEased = () => {
        if ([...sockets].every(({ data }) => data.backlog === undefined)) resolve();
      };
      onEased();
      await settlesWithin(promise, LAST_WORDS_MS);
      for (const socket of sockets) {
        socket.data.endReason ??= STOPS;
        socket.close(CLOSE_CODE.goingAway, STOPS);
      }
    },
  };

  function welcome(socket: ClientSocket): void {
    // What happened before it came is not for it.
    batch.flush();
    onActivity();
    sockets.add(socket);
    pings ??= startInterval(STREAM_PART, pingMs, () => {
      for (const one of sockets) pingOne(one);
    });
    auditArrival("INFO", `[event_stream] ${socket.data.name} connected`);
    if (socket.data.isCatchingUp || socket.data.awaitsSnapshot) advance(socket, supply);
  }

  function remove(socket: ClientSocket, code: number, reason: string): void {
    const { name, cameAt, endReason, replacedQuotes } = socket.data;
    sockets.delete(socket);
    supply.slow.forget(socket);
    if (sockets.size === 0) {
      clearInterval(pings);
      pings = undefined;
    }
    const why = endReason ?? (reason === "" ? `closed with code ${code}` : reason);
    const skipped = replacedQuotes === 0 ? "" : `; ${replacedQuotes} quotes gave way to newer ones`;
    auditLeaving(
      "INFO",
      `[event_stream] ${name} disconnected after ${((now() - cameAt) / 1_000).toFixed(1)} s: ${why}${skipped}`,
    );
    onActivity();
    onEased?.();
  }
}

/**
 * After sending to many clients it waits for as long as that took, within bounds, so that what happens meanwhile goes out
 * together: 1,000 events a second to 1,000 clients then take two thirds of a processor in place of all of it.
 */
const SHORTEST_REST_MS = 1;
const LONGEST_REST_MS = 4;

/** Gathers events of one turn, so that they go out in one write per client: a write costs as much as twenty events. */
function createBatch(send: (events: readonly NumberedEvent[]) => void) {
  let waiting: NumberedEvent[] = [];
  let turn: ReturnType<typeof setImmediate> | undefined;
  let rest: ReturnType<typeof setTimeout> | undefined;

  return {
    add(events: readonly NumberedEvent[]): void {
      for (const event of events) waiting.push(event);
      if (rest === undefined) turn ??= inNextTurn(STREAM_PART, flush);
    },
    flush,
    stop(): void {
      clearTimeout(rest);
    },
  };

  function flush(): void {
    clearImmediate(turn);
    clearTimeout(rest);
    turn = undefined;
    rest = undefined;
    if (waiting.length === 0) return;
    const events = waiting;
    waiting = [];
    const began = performance.now();
    send(events);
    const took = performance.now() - began;
    if (took >= SHORTEST_REST_MS) rest = startTimer(STREAM_PART, Math.min(took, LONGEST_REST_MS), flush);
  }
}
