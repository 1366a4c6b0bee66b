import type { ChannelId } from "../codec/message.ts";
import { createHold } from "./hold.ts";
import type { Trunk } from "./trunk.ts";
import { createReceiveWindow } from "./window.ts";

/** A longer body is handed on in pieces of this size, so that a slow reader is seen to go on. */
const LONGEST_PIECE = 256 * 1024;

/** Beyond so many pieces that wait, short ones are put together: each takes some 300 bytes, however few it holds. */
const MOST_LOOSE_PIECES = 64;
const LONGEST_GATHERED = 16 * 1024;

export type Inbound = ReturnType<typeof createInbound>;

/**
 * Bytes of a channel on their way from the link to whoever reads it, and may be slow. It is paused at first.
 * @param handlers `onStalled`: a reader that takes nothing holds up its neighbours.
 */
export function createInbound(
  id: ChannelId,
  trunk: Trunk,
  hasWindow: boolean,
  handlers: { onData(bytes: Uint8Array): void; onStalled(): void },
) {
  const window = createReceiveWindow();
  const hold = createHold(trunk, id, handlers.onStalled);
  const queue: Uint8Array[] = [];
  /** The memory of the last piece in the queue, where that was put together. */
  let gathered = new Uint8Array(0);
  let queuedBytes = 0;
  /** Handed on, but the reader has paused over them: they count as taken once it resumes. */
  let pendingBytes = 0;
  let isPaused = true;
  let isClosed = false;
  let keepsWindow = hasWindow;

  return {
    /** Everything was handed on. */
    get isEmpty(): boolean {
      return queue.length === 0;
    },
    /** The reader has not taken everything. */
    get isBehind(): boolean {
      return queuedBytes + pendingBytes > 0;
    },
    /** @returns false where the peer sent more than its window. */
    receive(bytes: Uint8Array): boolean {
      if (keepsWindow && !window.receive(bytes.length)) return false;
      if (!isPaused && queue.length === 0 && bytes.length <= LONGEST_PIECE) handOn(bytes);
      else {
        enqueue(bytes);
        handOnWhileRead();
      }
      return true;
    },
    /** The peer has no credit left: gives more, where the reader keeps up. */
    grow(): void {
      if (!isPaused && queue.length === 0) giveCredit(window.grow());
    },
    /** The peer keeps no windows after all. */
    forgetWindow(): void {
      keepsWindow = false;
    },
    pause(): void {
      isPaused = true;
    },
    /** Hands on what waits, until it is paused again. */
    resume(): void {
      if (!isPaused) return;
      isPaused = false;
      const bytes = pendingBytes;
      pendingBytes = 0;
      if (bytes > 0) confirm(bytes);
      handOnWhileRead();
    },
    /** Hands on all that waits, paused or not. */
    flush(): void {
      for (const bytes of queue.splice(0)) handlers.onData(bytes);
      queuedBytes = 0;
    },
    /** The peer gives and gets nothing more. */
    close(): void {
      isClosed = true;
      window.close();
      hold.stop();
    },
  };

  function enqueue(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += LONGEST_PIECE) enqueuePiece(bytes.subarray(at, at + LONGEST_PIECE));
    queuedBytes += bytes.length;
    note(false);
  }

  function enqueuePiece(piece: Uint8Array): void {
    const last = queue.at(-1);
    const length = (last?.length ?? 0) + piece.length;
    if (last === undefined || queue.length < MOST_LOOSE_PIECES || length > LONGEST_GATHERED) {
      queue.push(piece);
      return;
    }
    if (last.buffer !== gathered.buffer || length > gathered.length) {
      gathered = new Uint8Array(2 * length);
      gathered.set(last);
    }
    gathered.set(piece, last.length);
    queue[queue.length - 1] = gathered.subarray(0, length);
  }

  function handOnWhileRead(): void {
    while (!isPaused) {
      const next = queue.shift();
      if (next === undefined) return;
      queuedBytes -= next.length;
      handOn(next);
    }
  }

  function handOn(bytes: Uint8Array): void {
    handlers.onData(bytes);
    if (isPaused) {
      pendingBytes += bytes.length;
      if (!isClosed) note(false);
    } else confirm(bytes.length);
  }

  /** The reader has taken these bytes. */
  function confirm(bytes: number): void {
    if (isClosed) return;
    if (keepsWindow) giveCredit(window.passOn(bytes));
    note(true);
  }

  /** With windows a slow reader holds up nobody, but what waits for it is memory all the same. */
  function note(hasProgressed: boolean): void {
    if (keepsWindow) hold.count(queuedBytes + pendingBytes);
    else hold.update(queuedBytes + pendingBytes, hasProgressed);
  }

  function giveCredit(bytes: number): void {
    if (bytes > 0 && !isClosed) trunk.send({ type: "window", channel: id, bytes });
  }
}
