import type { HostAndPort } from "./host-and-port.ts";
/** Who hears from a TCP connection. */
export interface StreamListener {
  onData(bytes: Uint8Array): void;
  /** There is room again after a `write` that took less than it was given. */
  onDrain(): void;
  /** The peer sends nothing more; it may still read. */
  onEnd(): void;
  /** Gone in both directions, the last that is heard. Where we had shut down before, an orderly end is told only by this. */
  onClose(wasBroken: boolean): void;
}

/** A TCP connection of Bun's, half-closable, whose listener may change hands: from a handshake to a relay. */
export interface ByteStream {
  data: { listener: StreamListener };
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** Gives the number of bytes it took, −1 when it is closed; it keeps nothing by itself. */
  write(bytes: Uint8Array): number;
  /** Reads nothing more until `resume`. */
  pause(): void;
  resume(): void;
  /** Sends a FIN: nothing more is written, reading goes on. */
  shutdown(): void;
  /** Closes both directions. What `write` did not take is lost. */
  end(): void;
  /** Closes with a RST. */
  terminate(): void;
}

/** Bun's handlers for connections whose listener stands in their `data`. One object serves them all. */
export const STREAM_HANDLERS: Bun.SocketHandler<{ listener: StreamListener }> = {
  binaryType: "buffer",
  data: (socket, bytes) => socket.data.listener.onData(bytes),
  drain: (socket) => socket.data.listener.onDrain(),
  end: (socket) => socket.data.listener.onEnd(),
  close: (socket, error) => socket.data.listener.onClose(error !== undefined && error !== null),
  // `close` follows.
  error: () => undefined,
};

/** A peer that has gone without a word is noticed some time after this, in milliseconds. */
const KEEP_ALIVE_MS = 60_000;

/** To be called for each connection once it is open. */
export function keepStreamAlive(socket: Bun.Socket<{ listener: StreamListener }>): void {
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
}

const NOBODY: StreamListener = {
  onData: () => undefined,
  onDrain: () => undefined,
  onEnd: () => undefined,
  onClose: () => undefined,
};

/**
 * Connects by TCP; a name is resolved by the system. `listener` hears of everything from the moment it is open, and of
 * nothing where this throws.
 * @param milliseconds for resolving and connecting.
 * @throws Error `timed out`, or the system's with its code (`ECONNREFUSED`).
 */
export async function connectStream(
  address: HostAndPort,
  listener: StreamListener,
  milliseconds: number,
): Promise<ByteStream> {
  const outcome = Promise.withResolvers<ByteStream>();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    outcome.reject(new Error("timed out"));
  }, milliseconds);
  try {
    Bun.connect<{ listener: StreamListener }>({
      hostname: address.host,
      port: address.port,
      allowHalfOpen: true,
      data: { listener },
      socket: {
        ...STREAM_HANDLERS,
        open(socket) {
          keepStreamAlive(socket);
          outcome.resolve(socket);
          if (!isLate) return;
          socket.data.listener = NOBODY;
          socket.terminate();
        },
        connectError: (_, error) => outcome.reject(error),
      },
    }).catch(outcome.reject);
    return await outcome.promise;
  } finally {
    clearTimeout(timer);
  }
}
