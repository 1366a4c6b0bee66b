import { startTimer } from "../../platform/timers.ts";

/** One WebSocket between two LinkSocks peers, whichever end opened it. */
export interface Link {
  /** Whose it is, see platform/containment.ts. */
  readonly part: string;
  /** Queues one binary message. The bytes are copied: the caller may use them again at once. Ignored once closed. */
  send(frame: Uint8Array): void;
  /** More waits than the peer takes: who can hold back should, until `onDrain`. */
  readonly isCongested: boolean;
  /** Bytes that wait for the peer. */
  readonly bufferedBytes: number;
  /** Reads nothing more until `resume`; the kernel then makes the peer wait. */
  pause(): void;
  resume(): void;
  ping(): void;
  /** Says "I live" unasked; some Go servers drop a provider that does not. */
  pong(): void;
  /** Says goodbye with a code of RFC 6455 section 7.4 and a reason of at most 123 bytes, and closes. */
  close(code: number, reason: string): void;
  /** Closes without a word. */
  terminate(): void;
}

/** Who hears from a link. */
export interface LinkListener {
  onFrame(frame: Buffer): void;
  /** No longer congested. */
  onDrain(): void;
  /** The peer answered a ping. */
  onPong(): void;
  /** Anything came from the peer, a ping included. */
  onLife(): void;
  /** The last that is heard; `reason` is for people. */
  onClose(reason: string): void;
}

/** Bytes that may wait for the peer before who can hold back has to; more would only delay small messages. */
export const CONGESTED_BYTES = 256 * 1024;

/** Below this, sending goes on: early enough that the link never runs dry. */
export const DRAINED_BYTES = 64 * 1024;

/** RFC 6455 section 7.4.1. */
export const CLOSE_CODE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  policy: 1008,
  tooLong: 1009,
  restart: 1012,
} as const;

/** How long a peer may take to answer our goodbye; one that only sends on is not waited for. */
const GOODBYE_MS = 1_000;

/** Closes with a code and a reason as `Link.close`, and without the peer where it takes too long. */
export function sayGoodbye(link: Link, code: number, reason: string): void {
  link.close(code, reason);
  startTimer(link.part, GOODBYE_MS, link.terminate).unref();
}

/** Text and binary messages are treated alike; docs/protocols/linksocks.md#opening-the-websocket. */
export function toFrame(message: string | Buffer): Buffer {
  return typeof message === "string" ? Buffer.from(message) : message;
}
