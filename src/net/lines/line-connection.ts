import type { ByteStream } from "../byte-stream.ts";
import { createOutbox } from "../outbox.ts";
import { createLineReader, type ReadLine } from "./line-reader.ts";

/** A longer line is refused. */
const LINE_BYTES = 64 * 1024;
/** How long a refused peer gets to read why, in milliseconds. */
const LINGER_MS = 1_000;
/** Lines and bytes that one peer may have outstanding before we stop reading from it. */
const QUEUED_LINES = 256;
const WAITING_BYTES = 256 * 1024;

/** A socket as Bun gives it, as far as a line connection needs it. */
export interface LineSocket extends Omit<ByteStream, "data"> {
  readonly remotePort: number;
}

export interface LineService {
  /** Gives the reply to one line, without its LF. It never rejects. */
  answer(line: Uint8Array, peerPort: number): string | Promise<string>;
  /** The reply to a line whose LF did not come: too long, given up, or cut off by the peer's end. */
  readonly unterminated: string;
}

/** One client: lines in, one reply line for each, in their order. */
export type LineConnection = ReturnType<typeof createLineConnection>;

export function createLineConnection(socket: LineSocket, service: LineService) {
  const reader = createLineReader({ maximumBytes: LINE_BYTES, onLine, onForeign: drop });
  const outbox = createOutbox();
  const queue: ReadLine[] = [];
  let phase: "open" | "ending" | "refused" | "lingering" | "closed" = "open";
  let isWorking = false;
  let isPaused = false;
  let linger: ReturnType<typeof setTimeout> | undefined;

  return {
    receive(chunk: Uint8Array): void {
      if (phase !== "open") return;
      if (!reader.read(chunk) && !isClosed()) phase = "refused";
      void work();
      holdOrRelease();
    },
    /** The peer will send nothing more; what it asked for is still answered. */
    peerEnded(): void {
      if (phase === "lingering") drop();
      if (phase !== "open") return;
      reader.giveUpFragment();
      if (!isClosed()) phase = "ending";
      void work();
    },
    drained(): void {
      outbox.writeTo(socket);
      void work();
    },
    closed: close,
    get idle() {
      return !isWorking && queue.length === 0;
    },
    drop,
  };

  function onLine(line: ReadLine): void {
    queue.push(line);
    void work();
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
  }

  async function work(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    while (!isClosed() && outbox.waiting <= WAITING_BYTES) {
      const next = queue.shift();
      if (next === undefined) break;
      const reply = next === "unterminated" ? service.unterminated : await service.answer(next, socket.remotePort);
      if (isClosed()) break;
      outbox.push(new TextEncoder().encode(`${reply}\n`));
      outbox.writeTo(socket);
    }
    isWorking = false;
    holdOrRelease();
    if (queue.length === 0 && outbox.waiting === 0) finish();
  }

  /** Asked anew, because an answer may take seconds. */
  function isClosed(): boolean {
    return phase === "closed";
  }

  function holdOrRelease(): void {
    if (isClosed()) return;
    const isFull = queue.length > QUEUED_LINES || outbox.waiting > WAITING_BYTES;
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
      linger = setTimeout(drop, LINGER_MS);
    }
  }
}
