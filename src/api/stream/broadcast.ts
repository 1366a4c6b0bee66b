import type { NumberedEvent } from "../../events/event.ts";
import type { EventFeed } from "../../events/feed.ts";
import type { Audit } from "../../platform/audit.ts";
import { settlesWithin } from "../../platform/waiting.ts";
import { advance, CLOSE_CODE, type Client, type ClientSocket, deliver, end, sayFarewell } from "./client.ts";
import { toMessage } from "./message.ts";

export interface AudienceParts {
  readonly feed: EventFeed;
  readonly audit: Audit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told whenever a client comes, goes, speaks, or is sent something. */
  readonly onActivity: () => void;
  /** Milliseconds between pings; who has not answered one by the next is dropped. */
  readonly pingMs: number;
}

/** All who listen. */
export interface Audience {
  readonly size: number;
  /** What the WebSockets report. */
  readonly handlers: Bun.WebSocketHandler<Client>;
  /** Sends what is still to be sent, as far as the clients take it, and closes them all with 1001; within 0.8 s. */
  close(): Promise<void>;
}

/** Frames of a client, between two pings of ours, that are read and thrown away; who sends more is no listener. */
const MOST_FRAMES = 64;

/**
 * After telling many clients it waits for as long as that took, within bounds, so that what happens meanwhile goes out
 * together: 1,000 events a second to 1,000 clients then take two thirds of a processor in place of all of it.
 */
const SHORTEST_REST_MS = 1;
const LONGEST_REST_MS = 4;

const STOPS = "wpdaemon stops";

/** How long clients that are behind keep a daemon from stopping. */
const LAST_WORDS_MS = 700;

/** Tells everything that the feed tells to all who listen. */
export function createAudience({ feed, audit, now, onActivity, pingMs }: AudienceParts): Audience {
  const sockets = new Set<ClientSocket>();
  /** They go out together, in one write per client: a write costs as much as twenty events. */
  let untold: NumberedEvent[] = [];
  let turn: ReturnType<typeof setImmediate> | undefined;
  let rest: ReturnType<typeof setTimeout> | undefined;
  let pings: ReturnType<typeof setInterval> | undefined;
  let onEased: (() => void) | undefined;

  const unsubscribe = feed.subscribe((events) => {
    if (sockets.size === 0) return;
    for (const event of events) untold.push(event);
    if (rest === undefined) turn ??= setImmediate(tell);
  });

  return {
    get size() {
      return sockets.size;
    },
    handlers: {
      open(socket) {
        // What happened before it came is not for it.
        tell();
        onActivity();
        sockets.add(socket);
        pings ??= setInterval(pingAll, pingMs);
        audit("INFO", `[event_stream] ${socket.data.name} has come`);
        if (socket.data.isCatchingUp || socket.data.owesSnapshot) advance(socket, feed);
      },
      message: hear,
      ping: hear,
      pong(socket) {
        socket.data.hasAnsweredPing = true;
        hear(socket);
      },
      drain(socket) {
        sayFarewell(socket);
        // What it has missed is read from the feed, which knows more than has been told.
        if (socket.data.isCatchingUp || socket.data.owesSnapshot) tell();
        if (socket.data.backlog !== undefined) advance(socket, feed);
        onEased?.();
      },
      close: forget,
    },
    async close() {
      unsubscribe();
      tell();
      clearTimeout(rest);
      const { promise, resolve } = Promise.withResolvers<void>();
      onEased = () => {
        if ([...sockets].every(({ data }) => data.backlog === undefined)) resolve();
      };
      onEased();
      await settlesWithin(promise, LAST_WORDS_MS);
      for (const socket of sockets) {
        socket.data.verdict ??= STOPS;
        socket.close(CLOSE_CODE.goingAway, STOPS);
      }
    },
  };

  function tell(): void {
    clearImmediate(turn);
    clearTimeout(rest);
    turn = undefined;
    rest = undefined;
    if (untold.length === 0) return;
    const messages = untold.map(toMessage);
    untold = [];
    onActivity();
    const began = performance.now();
    for (const socket of sockets) deliver(socket, messages, feed);
    const took = performance.now() - began;
    if (took >= SHORTEST_REST_MS) rest = setTimeout(tell, Math.min(took, LONGEST_REST_MS));
  }

  function hear(socket: ClientSocket): void {
    socket.data.recentFrames += 1;
    if (socket.data.recentFrames > MOST_FRAMES) end(socket, CLOSE_CODE.policy, "the stream takes no messages");
  }

  function pingAll(): void {
    for (const socket of sockets) {
      const client = socket.data;
      client.recentFrames = 0;
      if (client.farewell !== undefined) wait(socket, client.farewell);
      else if (client.hasAnsweredPing) socket.ping();
      else drop(socket);
      client.hasAnsweredPing = false;
    }
  }

  function wait(socket: ClientSocket, farewell: { patience: number }): void {
    farewell.patience -= 1;
    if (farewell.patience < 0) socket.terminate();
  }

  function drop(socket: ClientSocket): void {
    // Who reads nothing cannot have seen the ping.
    if (socket.data.backlog !== undefined) {
      end(socket, CLOSE_CODE.tryAgainLater, "slow consumer");
      return;
    }
    socket.data.verdict = "a ping was not answered";
    socket.terminate();
  }

  function forget(socket: ClientSocket, code: number, reason: string): void {
    const { name, cameAt, verdict, replacedQuotes } = socket.data;
    sockets.delete(socket);
    if (sockets.size === 0) {
      clearInterval(pings);
      pings = undefined;
    }
    const why = verdict ?? (reason === "" ? `closed with code ${code}` : reason);
    const skipped = replacedQuotes === 0 ? "" : `; ${replacedQuotes} quotes gave way to newer ones`;
    audit("INFO", `[event_stream] ${name} has gone after ${((now() - cameAt) / 1_000).toFixed(1)} s: ${why}${skipped}`);
    onActivity();
    onEased?.();
  }
}
