import type { ByteStream } from "../../net/byte-stream.ts";

/** Bytes of a channel on their way from the link to the local socket, which may read slowly. */
export interface Inbound {
  /** Bytes that the socket has not taken yet. */
  readonly waiting: number;
  push(bytes: Uint8Array): void;
  /** Writes what the socket takes. @returns the number of bytes it took. */
  writeTo(stream: ByteStream): number;
  clear(): void;
}

export function createInbound(): Inbound {
  const queue: Uint8Array[] = [];
  let waiting = 0;
  return {
    get waiting() {
      return waiting;
    },
    push(bytes) {
      if (bytes.length === 0) return;
      queue.push(bytes);
      waiting += bytes.length;
    },
    writeTo(stream) {
      let taken = 0;
      for (let first = queue[0]; first !== undefined; first = queue[0]) {
        const count = stream.write(first);
        if (count <= 0) break;
        taken += count;
        if (count < first.length) {
          queue[0] = first.subarray(count);
          break;
        }
        queue.shift();
      }
      waiting -= taken;
      return taken;
    },
    clear() {
      queue.length = 0;
      waiting = 0;
    },
  };
}
