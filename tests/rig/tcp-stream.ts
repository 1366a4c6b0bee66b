/** A TCP connection that reads only for somebody who asks: while nobody does, the peer is held up. */
export interface TcpStream extends Disposable {
  /** What has come, at least a byte; undefined once the peer sends nothing more. Rejects after a reset. */
  read(): Promise<Uint8Array | undefined>;
  /** Rejects where the peer ends before. */
  readExactly(length: number): Promise<Uint8Array>;
  /** Resolves once the system has taken all of it. */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Sends a FIN; reading goes on. */
  finish(): void;
  /** Closes both directions. */
  close(): void;
}

export async function connectTcp(host: string, port: number): Promise<TcpStream> {
  const connection = createConnection();
  await Bun.connect({ hostname: host, port, allowHalfOpen: true, data: connection, socket: HANDLERS });
  return connection.stream;
}

export interface TcpServer {
  readonly port: number;
  close(): void;
}

/** Serves each connection with `serve`, over TLS where that is asked for, and closes it when that is through or fails. */
export function serveTcp(
  host: string,
  port: number,
  serve: (stream: TcpStream, socket: Bun.Socket<Connection>) => Promise<void>,
  tls?: Bun.TLSOptions,
): TcpServer {
  const listener = Bun.listen<Connection>({
    hostname: host,
    port,
    exclusive: true,
    allowHalfOpen: true,
    ...(tls && { tls }),
    socket: {
      ...HANDLERS,
      open(socket) {
        const connection = createConnection();
        socket.data = connection;
        connection.opened(socket);
        serve(connection.stream, socket)
          // The client has gone, which is its right.
          .catch(() => undefined)
          .finally(() => connection.stream.close());
      },
    },
  });
  return { port: listener.port, close: () => listener.stop(true) };
}

/** Until nobody reads, this much is kept. */
const ENOUGH_BYTES = 262_144;

interface Connection {
  readonly stream: TcpStream;
  opened(socket: Bun.Socket<Connection>): void;
  received(bytes: Uint8Array): void;
  drained(): void;
  finished(): void;
  closed(error?: Error): void;
}

const HANDLERS: Bun.SocketHandler<Connection> = {
  binaryType: "buffer",
  open: (socket) => socket.data.opened(socket),
  data: (socket, bytes) => socket.data.received(bytes),
  drain: (socket) => socket.data.drained(),
  end: (socket) => socket.data.finished(),
  close: (socket, error) => socket.data.closed(error),
  error: (socket, error) => socket.data.closed(error),
};

function createConnection(): Connection {
  let socket: Bun.Socket<Connection> | undefined;
  let kept: Uint8Array = new Uint8Array(0);
  let isPaused = false;
  let isFinished = false;
  let isClosed = false;
  let failure: Error | undefined;
  let news = Promise.withResolvers<void>();

  const stream: TcpStream = {
    async read() {
      while (kept.length === 0) {
        if (failure !== undefined) throw failure;
        if (isFinished || isClosed) return undefined;
        await change();
      }
      return take(kept.length);
    },
    async readExactly(length) {
      while (kept.length < length) {
        if (isFinished || isClosed)
          throw failure ?? new Error(`the peer ended after ${kept.length} of ${length} bytes`);
        await change();
      }
      return take(length);
    },
    async write(bytes) {
      let rest = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
      while (rest.length > 0) {
        const taken = isClosed ? -1 : (socket?.write(rest) ?? -1);
        if (taken < 0) throw failure ?? new Error("the connection is closed");
        rest = rest.subarray(taken);
        if (rest.length > 0) await news.promise;
      }
    },
    finish: () => void socket?.shutdown(),
    close: () => void socket?.end(),
    [Symbol.dispose]: () => void socket?.end(),
  };
  return {
    stream,
    opened(opened) {
      socket = opened;
    },
    received(bytes) {
      kept = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
      if (kept.length >= ENOUGH_BYTES) {
        isPaused = true;
        socket?.pause();
      }
      announce();
    },
    drained: announce,
    finished() {
      isFinished = true;
      announce();
    },
    closed(error) {
      isClosed = true;
      failure ??= error;
      announce();
    },
  };

  function take(length: number): Uint8Array {
    const taken = kept.subarray(0, length);
    kept = kept.subarray(length);
    return taken;
  }

  function change(): Promise<void> {
    if (isPaused) {
      isPaused = false;
      socket?.resume();
    }
    return news.promise;
  }

  function announce(): void {
    news.resolve();
    news = Promise.withResolvers<void>();
  }
}
