import type { LineSocket } from "../../../src/net/lines/line-connection.ts";

/** A socket of the test's own: it takes as many bytes as it is given room for, and remembers what was asked of it. */
export interface FakeSocket extends LineSocket {
  /** What it took so far. */
  readonly text: string;
  /** `pause`, `resume`, `shutdown`, `end` and `terminate`, in the order of their calls. */
  readonly calls: readonly string[];
  /** Resolves at the first `shutdown`, `end` or `terminate`. */
  readonly over: Promise<void>;
  /** Bytes that one `write` takes; −1 is a closed socket. */
  room: number;
}

/** @param onFull called after a write that was not taken whole. */
export function createFakeSocket(room = Number.POSITIVE_INFINITY, onFull: () => void = () => undefined): FakeSocket {
  const taken: Uint8Array[] = [];
  const calls: string[] = [];
  const over = Promise.withResolvers<void>();
  const finish = (call: string) => {
    calls.push(call);
    over.resolve();
  };

  return {
    remotePort: 40_000,
    room,
    calls,
    over: over.promise,
    get text() {
      return Buffer.concat(taken).toString();
    },
    write(bytes) {
      if (this.room < 0) return -1;
      const piece = bytes.slice(0, this.room);
      taken.push(piece);
      if (piece.length < bytes.length) onFull();
      return piece.length;
    },
    pause: () => void calls.push("pause"),
    resume: () => void calls.push("resume"),
    shutdown: () => finish("shutdown"),
    end: () => finish("end"),
    terminate: () => finish("terminate"),
  };
}
