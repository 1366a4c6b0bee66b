import type { NumberedEvent } from "../../events/event.ts";
import { MOST_FRAMES } from "../http/stream-bounds.ts";
import type { Backlog } from "./backlog.ts";
import type { StreamQuery } from "./stream-query.ts";

/** What the loop watch calls the stream. */
export const STREAM_PART = "event stream";

/** The state of one client, kept with its WebSocket. A client that reads fast enough has no backlog, and costs little. */
export interface Client {
  /** Its address, for the log. */
  readonly name: string;
  /** In milliseconds since the epoch. */
  readonly cameAt: number;
  readonly query: StreamQuery;
  /** It has been sent all that it asked for up to this number. */
  upTo: number;
  /** It is being sent what it has missed; all but quotes comes from the feed, and so need not wait here. */
  isCatchingUp: boolean;
  awaitsSnapshot: boolean;
  /** What is still to be sent of it; what happens meanwhile is read from the feed afterwards. */
  snapshot: Iterator<NumberedEvent> | undefined;
  /** The next piece of what it has missed is scheduled for the next turn of the loop. */
  isAdvancing: boolean;
  /** Present while the system takes no more bytes for it. */
  backlog: Backlog | undefined;
  replacedQuotes: number;
  /** Frames that came from it since the last ping. */
  recentFrames: number;
  hasAnsweredPing: boolean;
  /** Why the daemon ends it; from then on it is sent nothing more. */
  endReason: string | undefined;
  /** Present while the close frame waits for the client to read what was sent before. */
  closing: Closing | undefined;
}

interface Closing {
  readonly code: number;
  /** Pings that it may still miss. */
  patience: number;
}

export type ClientSocket = Bun.ServerWebSocket<Client>;

/** RFC 6455 section 7.4, and its registry for 1013. */
export const CLOSE_CODE = { goingAway: 1001, policy: 1008, internalError: 1011, tryAgainLater: 1013 } as const;

/** About a minute: then it is as good as dead. */
const PATIENCE = 3;

/** A client that has not been sent anything. */
export function createClient(name: string, cameAt: number, query: StreamQuery): Client {
  return {
    name,
    cameAt,
    query,
    upTo: query.since ?? 0,
    isCatchingUp: query.since !== undefined,
    awaitsSnapshot: query.snapshot,
    snapshot: undefined,
    isAdvancing: false,
    backlog: undefined,
    replacedQuotes: 0,
    recentFrames: 0,
    hasAnsweredPing: true,
    endReason: undefined,
    closing: undefined,
  };
}

/** Counts a frame that came from a client; too many of them end it. */
export function countFrame(socket: ClientSocket): void {
  socket.data.recentFrames += 1;
  if (socket.data.recentFrames > MOST_FRAMES) end(socket, CLOSE_CODE.policy, "the stream takes no messages");
}

/** Pings a client. One that has not answered the ping before is dropped; one that is being ended loses patience. */
export function ping(socket: ClientSocket): void {
  const client = socket.data;
  client.recentFrames = 0;
  if (client.closing !== undefined) {
    client.closing.patience -= 1;
    if (client.closing.patience < 0) socket.terminate();
  } else if (client.hasAnsweredPing) socket.ping();
  // Who reads nothing cannot have seen the ping.
  else if (client.backlog !== undefined) end(socket, CLOSE_CODE.tryAgainLater, "slow consumer");
  else {
    client.endReason = "a ping was not answered";
    socket.terminate();
  }
  client.hasAnsweredPing = false;
}

/**
 * Closes it, and keeps the reason for the log. While the system still holds bytes for it, the close frame waits here: the
 * runtime would cut the connection some seconds later, and with it whatever the client has not read yet.
 */
export function end(socket: ClientSocket, code: number, reason: string): void {
  const client = socket.data;
  if (client.endReason !== undefined) return;
  client.endReason = reason;
  client.backlog = undefined;
  client.closing = { code, patience: PATIENCE };
  sendCloseFrame(socket);
}

/** To be called whenever a client that is being ended has read some. */
export function sendCloseFrame(socket: ClientSocket): void {
  const { closing, endReason } = socket.data;
  if (closing !== undefined && socket.getBufferedAmount() === 0) socket.close(closing.code, endReason);
}
