import { NO_LISTENER, type SocketStream } from "../../src/net/byte-stream.ts";

export interface FakeStream extends SocketStream {
  readonly written: Buffer;
  readonly isPaused: boolean;
  readonly ending: "none" | "shutdown" | "end" | "terminate";
  /** How many bytes it takes from now on before it is full. */
  room: number;
}

/** A TCP connection that takes as much as it is told to. */
export function createFakeStream(room = Number.POSITIVE_INFINITY): FakeStream {
  let written = Buffer.alloc(0);
  let isPaused = false;
  let ending: FakeStream["ending"] = "none";
  return {
    data: { listener: NO_LISTENER },
    localAddress: "127.0.0.1",
    remoteAddress: "127.0.0.1",
    room,
    get written() {
      return written;
    },
    get isPaused() {
      return isPaused;
    },
    get ending() {
      return ending;
    },
    write(bytes) {
      const count = Math.min(this.room, bytes.length);
      written = Buffer.concat([written, bytes.subarray(0, count)]);
      this.room -= count;
      return count;
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
    },
    shutdown() {
      ending = "shutdown";
    },
    end() {
      ending = "end";
    },
    terminate() {
      ending = "terminate";
    },
  };
}
