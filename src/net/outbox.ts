import type { ByteStream } from "./byte-stream.ts";

/** Bytes on their way to a stream that may read slowly. Its `write` takes what fits, and leaves the rest to us. */
export type Outbox = ReturnType<typeof createOutbox>;

export function createOutbox() {
  const queue: Uint8Array[] = [];
  let waiting = 0;

  return {
    /** Bytes that the stream has not taken yet. */
    get waiting(): number {
      return waiting;
    },
    push(bytes: Uint8Array): void {
      if (bytes.length === 0) return;
      queue.push(bytes);
      waiting += bytes.length;
    },
    /** Writes what the stream takes; where it is closed, nothing waits any longer. @returns the bytes it took. */
    writeTo(stream: Pick<ByteStream, "write">): number {
      const before = waiting;
      for (let next = queue[0]; next !== undefined; next = queue[0]) {
        const taken = stream.write(next);
        if (taken < 0) {
          clear();
          return 0;
        }
        waiting -= taken;
        if (taken < next.length) {
          queue[0] = next.subarray(taken);
          break;
        }
        queue.shift();
      }
      return before - waiting;
    },
    clear,
  };

  function clear(): void {
    queue.length = 0;
    waiting = 0;
  }
}
