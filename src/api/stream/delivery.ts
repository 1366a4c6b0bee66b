import type { NumberedEvent } from "../../events/event.ts";
import type { EventFeed } from "../../events/feed.ts";
import { describeError } from "../../platform/failure.ts";
import { inNextTurn } from "../../platform/timers.ts";
import { type Backlog, createBacklog } from "./backlog.ts";
import { CLOSE_CODE, type Client, type ClientSocket, end, STREAM_PART } from "./client.ts";
import { type OutgoingEvent, writeEvent } from "./outgoing-event.ts";
import type { SlowClients } from "./slow-clients.ts";
import { isWanted } from "./stream-query.ts";

/** Where what is sent comes from, and who is told of those that do not take it. */
export interface Supply {
  readonly feed: EventFeed;
  readonly slow: SlowClients;
}

/** Sends what has happened, in one write; what the system does not take waits, and too much of that ends the client. */
export function deliver(socket: ClientSocket, messages: readonly OutgoingEvent[], supply: Supply): void {
  const client = socket.data;
  if (client.endReason !== undefined) return;
  const wanted = choose(client, messages);
  let sent = 0;
  if (client.backlog === undefined) {
    socket.cork(() => {
      let isWelcome = true;
      for (; isWelcome && sent < wanted.length; sent += 1) isWelcome = send(socket, wanted[sent]);
    });
    if (sent === wanted.length && socket.getBufferedAmount() === 0) return;
    client.backlog = createBacklog();
  }
  for (const message of sent === 0 ? wanted : wanted.slice(sent)) {
    if ((client.isCatchingUp || client.snapshot !== undefined) && message.quoteOf === undefined) continue;
    if (client.backlog.add(message)) client.replacedQuotes += 1;
  }
  if (client.backlog.isOverfull) end(socket, CLOSE_CODE.tryAgainLater, "slow consumer");
  else if (socket.getBufferedAmount() === 0) advance(socket, supply);
  supply.slow.weigh(socket);
}

/**
 * Sends a piece of what a client is owed, as far as the system takes it: what it has missed, the snapshot that it asked
 * for, what waits. To be called when it comes, and whenever it has read some; a further piece follows after all others
 * have had their turn.
 */
export function advance(socket: ClientSocket, supply: Supply): void {
  const client = socket.data;
  client.backlog ??= createBacklog();
  const { backlog } = client;
  try {
    socket.cork(() => sendOwed(socket, backlog, supply.feed));
  } catch (error) {
    // The database cannot be read. Without what it asked for, the client would take what comes for all there is.
    end(socket, CLOSE_CODE.internalError, shorten(describeError(error)));
    return;
  }
  supply.slow.weigh(socket);
  if (!isOpen(socket) || client.endReason !== undefined || socket.getBufferedAmount() > 0) return;
  if (!isOwed(client)) client.backlog = undefined;
  else if (!client.isAdvancing) {
    client.isAdvancing = true;
    inNextTurn(STREAM_PART, () => {
      client.isAdvancing = false;
      if (isOpen(socket) && client.backlog !== undefined) advance(socket, supply);
    });
  }
}

function choose(client: Client, messages: readonly OutgoingEvent[]): readonly OutgoingEvent[] {
  const { query, upTo } = client;
  const isNews = (messages[0]?.event.seq ?? 0) > upTo;
  if (isNews && query.account === undefined && query.types === undefined) return messages;
  return messages.filter(({ event }) => event.seq > upTo && isWanted(query, event));
}

/** Events of a snapshot that are sent in one turn. */
const SNAPSHOT_PIECE = 250;

function sendOwed(socket: ClientSocket, backlog: Backlog, feed: EventFeed): void {
  const client = socket.data;
  if (client.snapshot === undefined) {
    if (client.isCatchingUp && !sendMissed(socket, backlog, feed)) return;
    if (!flush(socket, backlog) || !client.awaitsSnapshot) return;
    client.upTo = Math.max(client.upTo, feed.lastSeq);
    client.snapshot = feed.snapshot(client.query.account)[Symbol.iterator]();
  }
  if (!sendSnapshot(socket, client.snapshot)) return;
  client.awaitsSnapshot = false;
  client.snapshot = undefined;
  client.isCatchingUp = true;
}

/** A piece of it. @returns whether that was all. */
function sendSnapshot(socket: ClientSocket, snapshot: Iterator<NumberedEvent>): boolean {
  for (let count = 0; count < SNAPSHOT_PIECE; count += 1) {
    const { value, done } = snapshot.next();
    if (done === true) return true;
    if (isWanted(socket.data.query, value) && !send(socket, writeEvent(value))) return false;
  }
  return false;
}

/** A piece of it; what the system does not take now is asked for again, rather than kept. @returns whether that was all. */
function sendMissed(socket: ClientSocket, backlog: Backlog, feed: EventFeed): boolean {
  const client = socket.data;
  const { events, gap } = feed.replay(client.upTo);
  if (gap !== undefined) {
    client.upTo = gap.seq;
    if (!send(socket, writeEvent(gap))) return false;
  }
  for (const event of events) {
    if (!flush(socket, backlog, event.seq)) return false;
    client.upTo = event.seq;
    if (isWanted(client.query, event) && !send(socket, writeEvent(event))) return false;
  }
  client.isCatchingUp = events.length > 0;
  return !client.isCatchingUp;
}

/** @returns whether the system takes more after those below the number. */
function flush(socket: ClientSocket, backlog: Backlog, below = Number.POSITIVE_INFINITY): boolean {
  for (;;) {
    const message = backlog.takeBelow(below);
    if (message === undefined) return true;
    if (!send(socket, message)) return false;
  }
}

/** @returns whether the system takes more after this one. */
function send(socket: ClientSocket, message: OutgoingEvent | undefined): boolean {
  if (message === undefined) return true;
  const bytes = socket.send(message.text);
  // Dropped, which must not be silent: the stream would have a hole.
  if (bytes === 0) socket.terminate();
  return bytes > 0;
}

function isOwed({ isCatchingUp, awaitsSnapshot, backlog }: Client): boolean {
  return isCatchingUp || awaitsSnapshot || (backlog?.size ?? 0) > 0;
}

function isOpen(socket: ClientSocket): boolean {
  return socket.readyState === WebSocket.OPEN;
}

/** A close frame has room for 123 bytes of reason (RFC 6455 section 5.5). */
function shorten(reason: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(reason).subarray(0, 120)).replace(/\uFFFD+$/, "");
}
