import { isForeignProtocol } from "./foreign-protocol.ts";
import { createLineSplitter } from "./line-splitter.ts";
import { createOutbox } from "./outbox.ts";

/** A line longer than this is refused. Reference page wireproxy-daemon.md section 3.4, row 6. */
const LINE_BYTES = 64 * 1024;
/** Silence after which an unfinished line is given up (row 2), and the time a refused peer gets to read why. */
const FRAGMENT_MS = 1_000;
const LINGER_MS = 1_000;
/** Lines and bytes that one peer may have outstanding before we stop reading from it. */
const QUEUED_LINES = 256;
const WAITING_BYTES = 256 * 1024;

/** A socket as Bun gives it, as far as a line connection needs it. */
export interface LineSocket {
  /** Gives the number of bytes it took, −1 when it is closed; it keeps nothing by itself. */
  write(bytes: Uint8Array): number;
  readonly remotePort: number;
  pause(): void;
  resume(): void;
  /** Sends FIN and keeps reading. */
  shutdown(): void;
  end(): void;
  terminate(): void;
}

export interface LineService {
  /** Gives the reply to one line, without its LF. It never rejects. */
  answer(line: Uint8Array, peerPort: number): string | Promise<string>;
  /** The reply to a line whose LF did not come: too long, given up, or cut off by the peer's end. */
  readonly unterminated: string;
}

/** One client: lines in, one reply line for each, in their order. */
export interface LineConnection {
  receive(chunk: Uint8Array): void;
  /** The peer will send nothing more; what it asked for is still answered. */
  peerEnded(): void;
  drained(): void;
  closed(): void;
  readonly idle: boolean;
  drop(): void;
}

export function createLineConnection(socket: LineSocket, service: LineService): LineConnection {
  const splitter = createLineSplitter(LINE_BYTES);
  const outbox = createOutbox();
  const queue: (Uint8Array | "unterminated")[] = [];
  let phase: "open" | "ending" | "refused" | "lingering" | "closed" = "open";
  let working = false;
  let paused = false;
  let isFirstLine = true;
  let timer: ReturnType<typeof setTimeout> | undefined;

  return {
    receive(chunk) {
      if (phase !== "open") return;
      clearTimeout(timer);
      for (const line of splitter.push(chunk)) if (!accept(line)) return;
      if (splitter.overflowed) {
        queue.push("unterminated");
        phase = "refused";
      } else {
        expectRest();
      }
      work();
      holdOrRelease();
    },
    peerEnded() {
      clearTimeout(timer);
      if (phase === "lingering") return drop();
      if (phase !== "open") return;
      giveUpFragment();
      if (phase === "open") phase = "ending";
      work();
    },
    drained() {
      outbox.writeTo(socket);
      work();
    },
    closed() {
      clearTimeout(timer);
      phase = "closed";
      queue.length = 0;
    },
    get idle() {
      return !working && queue.length === 0;
    },
    drop,
  };

  /** @returns false where the connection was dropped instead. */
  function accept(line: Uint8Array): boolean {
    if (isFirstLine && isForeignProtocol(line)) {
      drop();
      return false;
    }
    isFirstLine = false;
    queue.push(line);
    return true;
  }

  function expectRest(): void {
    clearTimeout(timer);
    if (splitter.pending > 0) timer = setTimeout(giveUpFragment, FRAGMENT_MS);
  }

  function giveUpFragment(): void {
    if (splitter.pending === 0) return;
    const fragment = splitter.takeFragment();
    if (isFirstLine && isForeignProtocol(fragment)) {
      drop();
      return;
    }
    isFirstLine = false;
    queue.push("unterminated");
    work();
  }

  function drop(): void {
    clearTimeout(timer);
    phase = "closed";
    queue.length = 0;
    socket.terminate();
  }

  async function work(): Promise<void> {
    if (working) return;
    working = true;
    while (phase !== "closed" && outbox.waiting <= WAITING_BYTES) {
      const next = queue.shift();
      if (next === undefined) break;
      const reply = next === "unterminated" ? service.unterminated : await service.answer(next, socket.remotePort);
      if (isClosed()) break;
      outbox.push(new TextEncoder().encode(`${reply}\n`));
      outbox.writeTo(socket);
    }
    working = false;
    holdOrRelease();
    if (queue.length === 0 && outbox.waiting === 0) finish();
  }

  /** Asked anew, because an answer may take seconds. */
  function isClosed(): boolean {
    return phase === "closed";
  }

  function holdOrRelease(): void {
    if (isClosed()) return;
    const full = queue.length > QUEUED_LINES || outbox.waiting > WAITING_BYTES;
    if (full === paused) return;
    paused = full;
    if (full) {
      // While we do not read, an unfinished line is our own doing.
      clearTimeout(timer);
      socket.pause();
    } else {
      socket.resume();
      if (phase === "open") expectRest();
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
      timer = setTimeout(drop, LINGER_MS);
    }
  }
}
