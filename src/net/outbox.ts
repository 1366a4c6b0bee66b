/** What a socket must offer to be written to. */
export interface WritableSocket {
  /** Gives the number of bytes it took, −1 when it is closed; it keeps nothing by itself. */
  write(bytes: Uint8Array): number;
}

/** Bytes on their way to a peer that may read slowly. Bun's `write` takes what fits and leaves the rest to us. */
export interface Outbox {
  send(bytes: Uint8Array): void;
  /** Continues after the socket's `drain`. */
  flush(): void;
  /** Bytes that the socket has not taken yet. */
  readonly waiting: number;
}

export function createOutbox(socket: WritableSocket): Outbox {
  const queue: Uint8Array[] = [];
  let waiting = 0;

  return {
    send(bytes) {
      queue.push(bytes);
      waiting += bytes.length;
      if (queue.length === 1) flush();
    },
    flush,
    get waiting() {
      return waiting;
    },
  };

  function flush(): void {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const taken = socket.write(next);
      if (taken < 0) {
        queue.length = 0;
        waiting = 0;
        return;
      }
      waiting -= taken;
      if (taken < next.length) {
        queue[0] = next.subarray(taken);
        return;
      }
      queue.shift();
    }
  }
}
