import type { EventFeed } from "../../events/feed.ts";
import { type Backlog, createBacklog } from "./backlog.ts";
import { gapMessage, type Message, toMessage } from "./message.ts";
import { isWanted, type Wish } from "./stream-query.ts";

/** What is kept with each WebSocket. One that reads fast enough has no backlog, and costs little. */
export interface Client {
  /** Its address, for the log. */
  readonly name: string;
  /** In milliseconds since the epoch. */
  readonly cameAt: number;
  readonly wish: Wish;
  /** It has had what it wants of everything up to this number. */
  upTo: number;
  /** It is being sent what it has missed; all but quotes comes from the feed, and so need not wait here. */
  isCatchingUp: boolean;
  owesSnapshot: boolean;
  /** A further piece of what it is owed comes in the next turn. */
  isAdvancing: boolean;
  /** Present while the system takes no more bytes for it. */
  backlog: Backlog | undefined;
  replacedQuotes: number;
  /** Frames that came from it since the last ping. */
  recentFrames: number;
  hasAnsweredPing: boolean;
  /** Why we end it; from then on it is sent nothing more. */
  verdict: string | undefined;
  /** Present while the close frame waits for the client to read what was sent before. */
  farewell: Farewell | undefined;
}

interface Farewell {
  readonly code: number;
  /** Pings that it may still miss. */
  patience: number;
}

export type ClientSocket = Bun.ServerWebSocket<Client>;

/** RFC 6455 section 7.4, and its registry for 1013. */
export const CLOSE_CODE = { goingAway: 1001, policy: 1008, tryAgainLater: 1013 } as const;

/** About a minute: then it is as good as dead. */
const PATIENCE = 3;

/** A client that has not been sent anything. */
export function createClient(name: string, cameAt: number, wish: Wish): Client {
  return {
    name,
    cameAt,
    wish,
    upTo: wish.since ?? 0,
    isCatchingUp: wish.since !== undefined,
    owesSnapshot: wish.snapshot,
    isAdvancing: false,
    backlog: undefined,
    replacedQuotes: 0,
    recentFrames: 0,
    hasAnsweredPing: true,
    verdict: undefined,
    farewell: undefined,
  };
}

/** Sends what has happened, in one write; what the system does not take waits, and too much of that ends the client. */
export function deliver(socket: ClientSocket, messages: readonly Message[], feed: EventFeed): void {
  const client = socket.data;
  if (client.verdict !== undefined) return;
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
    if (client.isCatchingUp && message.quoteOf === undefined) continue;
    if (client.backlog.add(message)) client.replacedQuotes += 1;
  }
  if (client.backlog.isOverfull) end(socket, CLOSE_CODE.tryAgainLater, "slow consumer");
  else if (socket.getBufferedAmount() === 0) advance(socket, feed);
}

/**
 * Sends a piece of what a client is owed, as far as the system takes it: what it has missed, the snapshot that it asked
 * for, what waits. To be called when it comes, and whenever it has read some; a further piece follows after all others
 * have had their turn.
 */
export function advance(socket: ClientSocket, feed: EventFeed): void {
  const client = socket.data;
  client.backlog ??= createBacklog();
  const { backlog } = client;
  socket.cork(() => sendOwed(socket, backlog, feed));
  if (!isOpen(socket) || client.verdict !== undefined || socket.getBufferedAmount() > 0) return;
  if (!isOwed(client)) client.backlog = undefined;
  else if (!client.isAdvancing) {
    client.isAdvancing = true;
    setImmediate(() => {
      client.isAdvancing = false;
      if (isOpen(socket) && client.backlog !== undefined) advance(socket, feed);
    });
  }
}

/**
 * Closes it, and keeps the reason for the log. While the system still holds bytes for it, the close frame waits here: the
 * runtime would cut the connection some seconds later, and with it whatever the client has not read yet.
 */
export function end(socket: ClientSocket, code: number, reason: string): void {
  const client = socket.data;
  if (client.verdict !== undefined) return;
  client.verdict = reason;
  client.backlog = undefined;
  client.farewell = { code, patience: PATIENCE };
  sayFarewell(socket);
}

/** To be called whenever a client that is being ended has read some. */
export function sayFarewell(socket: ClientSocket): void {
  const { farewell, verdict } = socket.data;
  if (farewell !== undefined && socket.getBufferedAmount() === 0) socket.close(farewell.code, verdict);
}

function choose(client: Client, messages: readonly Message[]): readonly Message[] {
  const { wish, upTo } = client;
  const isNews = (messages[0]?.event.seq ?? 0) > upTo;
  if (isNews && wish.account === undefined && wish.types === undefined) return messages;
  return messages.filter(({ event }) => event.seq > upTo && isWanted(wish, event));
}

function sendOwed(socket: ClientSocket, backlog: Backlog, feed: EventFeed): void {
  const client = socket.data;
  if (client.isCatchingUp && !sendMissed(socket, backlog, feed)) return;
  if (client.owesSnapshot) {
    if (!flush(socket, backlog)) return;
    client.owesSnapshot = false;
    for (const event of feed.snapshot(client.wish.account)) {
      client.upTo = Math.max(client.upTo, event.seq);
      if (isWanted(client.wish, event)) backlog.addSnapshot(toMessage(event));
    }
  }
  flush(socket, backlog);
}

/** A piece of it; what the system does not take now is asked for again, rather than kept. @returns whether that was all. */
function sendMissed(socket: ClientSocket, backlog: Backlog, feed: EventFeed): boolean {
  const client = socket.data;
  const { events, hasGap } = feed.replay(client.upTo);
  // A number that was never given comes from another database: nothing of what the client knows is certain.
  const isForeign = client.upTo > feed.lastSeq;
  if (hasGap || isForeign) {
    const from = isForeign ? 1 : client.upTo + 1;
    client.upTo = isForeign ? feed.lastSeq : (events[0]?.seq ?? feed.lastSeq + 1) - 1;
    if (!send(socket, gapMessage(from, client.upTo))) return false;
  }
  for (const event of events) {
    if (!flush(socket, backlog, event.seq)) return false;
    client.upTo = event.seq;
    if (isWanted(client.wish, event) && !send(socket, toMessage(event))) return false;
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
function send(socket: ClientSocket, message: Message | undefined): boolean {
  if (message === undefined) return true;
  const bytes = socket.send(message.text);
  // Dropped, which must not be silent: the stream would have a hole.
  if (bytes === 0) socket.terminate();
  return bytes > 0;
}

function isOwed({ isCatchingUp, owesSnapshot, backlog }: Client): boolean {
  return isCatchingUp || owesSnapshot || (backlog?.size ?? 0) > 0;
}

function isOpen(socket: ClientSocket): boolean {
  return socket.readyState === WebSocket.OPEN;
}
