import { createBackoff } from "../../net/backoff.ts";
import { type Gap, parseGap, parseMessage, type StreamMessage } from "./message.ts";

/** Called by a connection. After `onClose`, which comes once, there are no more calls. */
export interface SocketListener {
  onOpen(): void;
  onMessage(text: string): void;
  /** The far side asked whether we are there, and was answered. */
  onPing(): void;
  /** It was refused, or has ended. */
  onClose(reason: string): void;
}

interface StreamSocket {
  close(): void;
}

/** Opens a connection. @param url `ws://…` with its query. */
export type OpenSocket = (url: string, listener: SocketListener) => StreamSocket;

/** The clock and the alarm of whoever follows a stream; tests hand in their own. */
export interface Timers {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `alarm` once, `milliseconds` from now. @returns what calls it off. */
  after(milliseconds: number, alarm: () => void): () => void;
}

/** Which events are wanted, and where from. */
interface StreamQuestion {
  /** Such as `ws://127.0.0.1:8765`. */
  readonly url: string;
  /** Events of this account, and those that concern everybody; undefined: all. */
  readonly account?: number | undefined;
  /** Only these; undefined: all. */
  readonly types?: readonly string[] | undefined;
  /** Begin with what is newer than this number; undefined: with what happens from now on. */
  readonly since?: number | undefined;
  /** Begin with the last known state as events. */
  readonly snapshot?: boolean;
}

export interface StreamOptions extends StreamQuestion {
  readonly open: OpenSocket;
  readonly timers: Timers;
  /** Gives 0 to 1. */
  readonly random: () => number;
}

export interface StreamEvent extends StreamMessage {
  /** It has only now come about, or was missed; the parts of a snapshot are no news. */
  readonly isNews: boolean;
}

export interface StreamListener {
  onOpen(): void;
  onEvent(event: StreamEvent): void;
  /** The daemon has looked whether we are there. */
  onHeartbeat?(): void;
  /** Events were lost. @param message what told it. */
  onGap(gap: Gap, message: StreamMessage): void;
  /** A message that makes no sense, and why. */
  onIgnored(reason: string): void;
  /** No connection came about, or it ended. */
  onLost(loss: { readonly reason: string; readonly retryInMs: number }): void;
}

/** Clients that lost the same daemon spread out by a fifth of each delay, either way. */
const RETRIES = { delays: [1_000, 2_000, 4_000, 8_000, 10_000], jitter: 0.2 } as const;
/** A connection that lasted so long counts as a success, in milliseconds. */
const STABLE_MS = 30_000;
/** Whoever listens on the port and does not answer is no daemon, or hangs. */
const ANSWER_MS = 5_000;

/** Follows the event stream for ever: after each loss it connects anew and goes on behind the last event handed on. */
export function followStream(options: StreamOptions, listener: StreamListener) {
  const { timers, account, types } = options;
  const backoff = createBackoff(RETRIES, options.random);
  let last = options.since;
  let socket: StreamSocket | undefined;
  let isClosed = false;
  let cancelAlarm = () => {};
  connect();

  return {
    close(): void {
      isClosed = true;
      cancelAlarm();
      socket?.close();
    },
  };

  function connect(): void {
    const since = last;
    const own = { isOver: false };
    cancelAlarm = timers.after(ANSWER_MS, () => end("no answer"));
    const opened = options.open(askFor({ ...options, since }), {
      onOpen() {
        if (own.isOver) return;
        cancelAlarm();
        cancelAlarm = timers.after(STABLE_MS, () => backoff.reset());
        listener.onOpen();
      },
      onMessage(text) {
        if (!own.isOver && !isClosed) receive(text);
      },
      onPing() {
        if (!own.isOver && !isClosed) listener.onHeartbeat?.();
      },
      onClose: end,
    });
    if (!own.isOver) socket = opened;

    function end(reason: string): void {
      if (own.isOver || isClosed) return;
      own.isOver = true;
      cancelAlarm();
      socket?.close();
      socket = undefined;
      const retryInMs = Math.round(backoff.next());
      cancelAlarm = timers.after(retryInMs, connect);
      listener.onLost({ reason, retryInMs });
    }
  }

  function receive(text: string): void {
    const message = parseMessage(text);
    if (message === undefined) {
      listener.onIgnored("a message that is no event");
      return;
    }
    const gap = parseGap(message);
    // A snapshot has the number up to which it is true, in each of its parts, and comes before everything else.
    const isNews = message.seq === undefined || (last !== undefined && message.seq > last);
    // Parts of a snapshot may have older numbers than it has; after a gap, numbers may begin anew.
    last = gap?.to ?? (message.seq === undefined ? last : Math.max(message.seq, last ?? 0));
    if (gap !== undefined) listener.onGap(gap, message);
    else if (isWanted(message)) listener.onEvent({ ...message, isNews });
  }

  /** A daemon that knows no filters sends everything. */
  function isWanted({ account_id, type }: StreamMessage): boolean {
    const isOurs = account === undefined || account_id === null || account_id === account;
    return isOurs && (types === undefined || types.includes(type));
  }
}

/** The address that asks for this and no more. A snapshot is left out where `since` tells where to go on. */
export function askFor({ url, account, types, since, snapshot }: StreamQuestion): string {
  const address = new URL(url);
  if (since !== undefined) address.searchParams.set("since", String(since));
  else if (snapshot === true) address.searchParams.set("snapshot", "1");
  if (account !== undefined) address.searchParams.set("account", String(account));
  if (types !== undefined) address.searchParams.set("types", types.join(","));
  return address.href;
}

/** The system's own WebSocket. */
export const openWebSocket: OpenSocket = (url, listener) => {
  const socket = new WebSocket(url);
  socket.onopen = () => listener.onOpen();
  socket.onmessage = ({ data }) => listener.onMessage(typeof data === "string" ? data : "");
  socket.addEventListener("ping", () => listener.onPing());
  socket.onclose = ({ code, reason }) => listener.onClose(describeClose(code, reason));
  return { close: () => socket.close() };
};

function describeClose(code: number, reason: string): string {
  if (reason !== "") return `closed with ${code}: ${reason}`;
  return code === 1001 ? "the daemon goes away" : `closed with ${code}`;
}
