import { letGo } from "../../platform/containment.ts";
import { startTimer } from "../../platform/timers.ts";
import type { ByteStream } from "../byte-stream.ts";
import { createOutbox } from "../outbox.ts";
import { createDoorShare, DOOR, type DoorShare } from "./door-share.ts";
import { createLineReader, type ReadLine } from "./line-reader.ts";

/** A longer line is refused. */
const LINE_BYTES = 64 * 1024;
/** How long a refused peer gets to read why, in milliseconds. */
const LINGER_MS = 1_000;
/** Lines, their bytes and those of replies that one peer may have outstanding before we stop reading from it. */
const QUEUED_LINES = 256;
const QUEUED_BYTES = LINE_BYTES;
const WAITING_BYTES = 256 * 1024;
const NOTHING = new Uint8Array(0);

/** A socket as Bun gives it, as far as a line connection needs it. */
export interface LineSocket extends Omit<ByteStream, "data"> {
  readonly remotePort: number;
}

export interface LineService {
  /** Gives the reply to one line, without its LF. It never rejects. */
  answer(line: Uint8Array, peerPort: number): string | Promise<string>;
  /** The reply to every line of a peer that is not served; asked when it connects. */
  readonly refuse?: ((peerPort: number) => string | undefined) | undefined;
  /** The reply to a line whose LF did not come: too long, given up, or cut off by the peer's end. */
  readonly unterminated: string;
}

/** One client: lines in, one reply line for each, in their order. */
export type LineConnection = ReturnType<typeof createLineConnection>;

/** @param share what it has in common with the other connections of its door. */
export function createLineConnection(
  socket: LineSocket,
  service: LineService,
  share: Pick<DoorShare, "isSpent" | "takeTurn" | "keep"> = createDoorShare(),
) {
  const reader = createLineReader({ maximumBytes: LINE_BYTES, onLine, onForeign: drop });
  const outbox = createOutbox();
  // A socket that has closed does not tell it any more.
  const { remotePort } = socket;
  const queue: ReadLine[] = [];
  let queuedBytes = 0;
  /** What came behind the lines in the queue, and is not cut into lines yet. */
  let unread: Uint8Array = NOTHING;
  let phase: "open" | "ending" | "refused" | "lingering" | "closed" = "open";
  let isWorking = false;
  let isAnswering = false;
  let isPaused = false;
  let linger: ReturnType<typeof setTimeout> | undefined;
  let kept = 0;

  return {
    receive(chunk: Uint8Array): void {
      if (phase !== "open") return;
      if (unread.length > 0) unread = Buffer.concat([unread, chunk]);
      else read(chunk);
      keepWorking();
      holdOrRelease();
    },
    /** The peer will send nothing more; what it asked for is still answered. */
    peerEnded(): void {
      if (phase === "lingering") drop();
      if (phase !== "open") return;
      phase = "ending";
      if (unread.length === 0) reader.giveUpFragment();
      keepWorking();
    },
    drained(): void {
      outbox.writeTo(socket);
      keepWorking();
    },
    closed: close,
    /** Nothing is being done for it; one that does not read its replies is as silent as one that asks for nothing. */
    get idle() {
      return !isAnswering && (queue.length === 0 || outbox.waiting > WAITING_BYTES);
    },
    /** Bytes that are kept for it. */
    get kept() {
      return kept;
    },
    drop,
  };

  function read(chunk: Uint8Array): void {
    const isOwn = chunk === unread;
    const taken = reader.read(chunk);
    if (taken === undefined && !isClosed()) refuse();
    if (taken === undefined || taken === chunk.length) unread = NOTHING;
    // A copy: a chunk of the caller's may be a buffer that is used again.
    else unread = isOwn ? chunk.subarray(taken) : chunk.slice(taken);
    if (phase === "ending" && unread.length === 0) reader.giveUpFragment();
  }

  /** A peer that goes on is not read any more: that would take more time than its lines do. */
  function refuse(): void {
    phase = "refused";
    socket.pause();
  }

  function onLine(line: ReadLine): boolean {
    queue.push(line);
    queuedBytes += line.length;
    keepWorking();
    return queue.length < QUEUED_LINES && queuedBytes < QUEUED_BYTES;
  }

  function takeLine(): ReadLine | undefined {
    if (queue.length === 0 && unread.length > 0) read(unread);
    const line = queue.shift();
    queuedBytes -= line?.length ?? 0;
    return line;
  }

  function drop(): void {
    close();
    socket.terminate();
  }

  function close(): void {
    reader.stop();
    clearTimeout(linger);
    phase = "closed";
    queue.length = 0;
    unread = NOTHING;
    outbox.clear();
    countKept();
  }

  function countKept(): void {
    const now = isClosed() ? 0 : reader.pending + queuedBytes + unread.length + outbox.waiting;
    const change = now - kept;
    kept = now;
    share.keep(change);
  }

  function keepWorking(): void {
    letGo(DOOR, work(), drop);
  }

  async function work(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    while (!isClosed() && outbox.waiting <= WAITING_BYTES) {
      if (share.isSpent()) await share.takeTurn();
      const next = takeLine();
      if (next === undefined) break;
      isAnswering = true;
      const reply = next === "unterminated" ? service.unterminated : await service.answer(next, remotePort);
      isAnswering = false;
      if (isClosed()) break;
      outbox.push(new TextEncoder().encode(`${reply}\n`));
      outbox.writeTo(socket);
    }
    isWorking = false;
    holdOrRelease();
    if (queue.length === 0 && unread.length === 0 && outbox.waiting === 0) finish();
  }

  /** Asked anew, because an answer may take seconds. */
  function isClosed(): boolean {
    return phase === "closed";
  }

  function holdOrRelease(): void {
    countKept();
    if (isClosed()) return;
    if (phase === "refused" || phase === "lingering") return;
    const isFull = unread.length > 0 || queue.length > QUEUED_LINES || outbox.waiting > WAITING_BYTES;
    if (isFull === isPaused) return;
    isPaused = isFull;
    if (isFull) {
      // While we do not read, an unfinished line is our own doing.
      reader.stop();
      socket.pause();
    } else {
      socket.resume();
      if (phase === "open") reader.expectRest();
    }
  }

  function finish(): void {
    if (phase === "ending") {
      phase = "closed";
      socket.end();
    } else if (phase === "refused") {
      // A close with unread bytes would reset the connection and lose the reply: say FIN, let the peer read.
      phase = "lingering";
      socket.shutdown();
      linger = startTimer(DOOR, LINGER_MS, drop);
    }
  }
}
