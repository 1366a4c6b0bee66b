import { contain } from "../platform/containment.ts";
import { systemCode } from "../platform/failure.ts";
import { startTimer } from "../platform/timers.ts";
import { containSocket } from "./contained-sockets.ts";
import type { HostAndPort } from "./host-and-port.ts";

/** Who hears from a stream. */
export interface StreamListener {
  onData(bytes: Uint8Array): void;
  /** There is room again after a `write` that took less than it was given. */
  onDrain(): void;
  /** The peer sends nothing more; it may still read. */
  onEnd(): void;
  /**
   * Gone in both directions, the last that is heard. Where we had shut down before, an orderly end is told only by
   * this.
   */
  onClose(wasBroken: boolean): void;
  /** Somebody else listens from now on, and is to be told what this one has kept. */
  onReplaced?(next: StreamListener): void;
}

/**
 * Bytes in both directions, each of which ends for itself: a TCP or a TLS connection of Bun's, as it is, or a channel
 * of LinkSocks. Its listener may change hands, from a handshake to a pump.
 */
export interface ByteStream {
  data: { listener: StreamListener };
  /** Gives the number of bytes it took, −1 when it is closed; it keeps nothing by itself. */
  write(bytes: Uint8Array): number;
  /** Reads nothing more until `resume`. */
  pause(): void;
  resume(): void;
  /** Says that nothing more is written; reading goes on. */
  shutdown(): void;
  /** Closes both directions. What `write` did not take is lost. */
  end(): void;
  /** Closes as something that is broken: TCP sends a RST. */
  terminate(): void;
}

/** A stream of this machine's own, which has addresses. */
export interface SocketStream extends ByteStream {
  readonly localAddress: string;
  readonly remoteAddress: string;
}

/**
 * Bun's handlers for connections whose listener stands in their `data`. What a listener throws breaks its connection.
 * @param part whose they are, see platform/containment.ts. @param more handlers beside these, or in their place.
 */
export function handleStreams(
  part: string,
  more: Bun.SocketHandler<{ listener: StreamListener }>,
): Bun.SocketHandler<{ listener: StreamListener }> {
  return containSocket(part, { ...TO_LISTENER, ...more }, (socket) => {
    const { listener } = socket.data;
    socket.data.listener = NO_LISTENER;
    socket.terminate();
    listener.onClose(true);
  });
}

const TO_LISTENER: Bun.SocketHandler<{ listener: StreamListener }> = {
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

/** Call this for each connection once it is open. */
export function keepStreamAlive(socket: Bun.Socket<{ listener: StreamListener }>): void {
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
}

/** Hears nothing. */
export const NO_LISTENER: StreamListener = {
  onData: () => undefined,
  onDrain: () => undefined,
  onEnd: () => undefined,
  onClose: () => undefined,
};

/** Makes `listener` the one who hears from `stream`; what the former one has kept it hears at once. */
export function listenTo(stream: ByteStream, listener: StreamListener): void {
  const former = stream.data.listener;
  stream.data.listener = listener;
  former.onReplaced?.(listener);
}

/**
 * A listener that keeps what it hears, in order, for the next one. It sets no limit: the stream is paused, or soon
 * listened to.
 * @param onNews is called after each piece of news.
 */
export function createMailbox(onNews: () => void = () => undefined) {
  let unread: Uint8Array = new Uint8Array(0);
  let hasEnded = false;
  /** Undefined while it is open. */
  let wasBroken: boolean | undefined;
  return {
    get unread() {
      return unread;
    },
    /** Gives the first bytes, and keeps them no longer. */
    take(count: number): Uint8Array {
      const taken = unread.subarray(0, count);
      unread = unread.subarray(count);
      return taken;
    },
    get hasEnded() {
      return hasEnded;
    },
    get isClosed() {
      return wasBroken !== undefined;
    },
    onData(bytes: Uint8Array): void {
      unread = unread.length === 0 ? bytes : Buffer.concat([unread, bytes]);
      onNews();
    },
    onDrain: () => undefined,
    onEnd(): void {
      hasEnded = true;
      onNews();
    },
    onClose(isBroken: boolean): void {
      wasBroken = isBroken;
      onNews();
    },
    onReplaced(next: StreamListener): void {
      if (unread.length > 0) next.onData(unread);
      if (hasEnded) next.onEnd();
      if (wasBroken !== undefined) next.onClose(wasBroken);
    },
  };
}

/** What the loop watch calls connections that we have opened ourselves, and what is carried over them. */
export const OUTGOING = "outgoing connections";

/** How a TLS connection is opened, and what is told of it. */
export interface TlsClient {
  readonly options: Bun.TLSOptions & {
    /** Whether one of `ca` is trusted that is not a root itself: `X509_V_FLAG_PARTIAL_CHAIN`. */
    readonly allowPartialTrustChain?: boolean;
  };
  /** Of a connection before this one to the same server, which shortens the handshake: RFC 8446 section 2.2. */
  readonly session: Buffer | undefined;
  /** A session that a later connection may be opened with. */
  onSession(session: Buffer): void;
  /** What has broken the open connection: an alert of the server's, as one for our certificate in TLS 1.3. */
  onFault(error: Error): void;
}

/**
 * Connects by TCP, and TLS where that is asked for; a name is resolved by the system. `listener` hears of everything from
 * the moment it is open, and of nothing where this throws.
 * @param milliseconds for resolving and connecting, handshake included.
 * @throws Error `timed out`, or the system's or TLS's with its code (`ECONNREFUSED`, `ERR_TLS_CERT_ALTNAME_INVALID`).
 */
export async function connectStream(
  address: HostAndPort,
  listener: StreamListener,
  milliseconds: number,
  tls?: TlsClient,
): Promise<SocketStream> {
  const outcome = Promise.withResolvers<SocketStream>();
  let isLate = false;
  const timer = startTimer(OUTGOING, milliseconds, () => {
    isLate = true;
    outcome.reject(new Error("timed out"));
  });
  try {
    Bun.connect<{ listener: StreamListener }>({
      hostname: address.host,
      port: address.port,
      allowHalfOpen: true,
      data: { listener: tls === undefined ? listener : NO_LISTENER },
      ...(tls && { tls: tls.options }),
      socket: handleStreams(OUTGOING, {
        open(socket) {
          keepStreamAlive(socket);
          if (tls === undefined || isLate) settle(socket);
          else if (tls.session !== undefined) socket.setSession(tls.session);
        },
        connectError: (_, error) => outcome.reject(error),
        ...(tls && handleTls(tls)),
      }),
    }).catch(outcome.reject);
    return await outcome.promise;
  } finally {
    clearTimeout(timer);
  }

  function settle(socket: Bun.Socket<{ listener: StreamListener }>): void {
    outcome.resolve(socket);
    if (!isLate) return;
    socket.data.listener = NO_LISTENER;
    socket.terminate();
  }

  function handleTls({
    options,
    onFault,
    onSession,
  }: TlsClient): Partial<Bun.SocketHandler<{ listener: StreamListener }>> {
    return {
      handshake(socket, isTrusted, error) {
        if (isTrusted || (options.rejectUnauthorized === false && !isBroken(error))) {
          socket.data.listener = listener;
          settle(socket);
        } else {
          outcome.reject(error ?? new Error("the handshake failed"));
          socket.terminate();
        }
      },
      close(socket, error) {
        // Without effect once it is open.
        outcome.reject(error ?? new Error("closed during the handshake"));
        socket.data.listener.onClose(error !== undefined && error !== null);
      },
      error: (_, error) => onFault(error),
      // The runtime has it, and its types do not say so.
      ...{ session: contain(OUTGOING, (_: unknown, session: Buffer) => onSession(session)) },
    };
  }
}

/** Whether there was no handshake at all, so that it is not about whom we trust. */
function isBroken(error: Error | null): boolean {
  return ["EPROTO", "ECONNRESET"].includes(systemCode(error) ?? "");
}
