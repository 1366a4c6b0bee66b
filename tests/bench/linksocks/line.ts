import { encodeOrder, type Order } from "./order.ts";

/** How the load reaches the target. */
export interface Entry {
  /** Where to connect to. */
  readonly port: number;
  /** The target's port, where a SOCKS proxy has to be asked for it. */
  readonly beyond?: number | undefined;
}

/** One connection of the load. */
export interface Line {
  /** Sends an order, which is always taken as a whole. */
  order(order: Order): void;
  /** @returns how many of these bytes the system has taken. */
  write(bytes: Uint8Array): number;
  /** Exactly so many bytes; for small things. @throws where the connection ends before. */
  read(length: number): Promise<Uint8Array>;
  /** From now on everything that comes goes there. */
  attend(listener: Listener): void;
  pause(): void;
  resume(): void;
  close(): void;
}

export interface Listener {
  hear(bytes: Uint8Array): void;
  /** The system takes more. */
  drain?(): void;
}

/** Opens one to the target. @throws where the entry refuses, or ends instead. */
export async function openLine({ port, beyond }: Entry): Promise<Line> {
  const line = await dial(port);
  if (beyond !== undefined) await askForTarget(line, beyond);
  return line;
}

/** CONNECT to a port of 127.0.0.1; RFC 1928. */
async function askForTarget(line: Line, port: number): Promise<void> {
  line.write(new Uint8Array([5, 1, 0]));
  const [, method] = await line.read(2);
  if (method !== 0) throw new Error(`the proxy wants method ${method}`);
  line.write(new Uint8Array([5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 255]));
  const [, reply, , family] = await line.read(4);
  if (reply !== 0) throw new Error(`the proxy refused with ${reply}`);
  await line.read(family === 1 ? 6 : 18);
}

type Wire = Bun.Socket<{ hear(bytes: Uint8Array): void; drain(): void; close(): void }>;

async function dial(port: number): Promise<Line> {
  let listener: Listener | undefined;
  let kept = new Uint8Array(0);
  let isClosed = false;
  let news = Promise.withResolvers<void>();
  const socket: Wire = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    data: { hear, drain: () => listener?.drain?.(), close },
    socket: {
      binaryType: "uint8array",
      data: (wire: Wire, bytes) => wire.data.hear(bytes),
      drain: (wire) => wire.data.drain(),
      close: (wire) => wire.data.close(),
      error: (wire) => wire.data.close(),
    },
  });
  return {
    order: (order) => void socket.write(encodeOrder(order)),
    write: (bytes) => Math.max(0, socket.write(bytes)),
    async read(length) {
      while (kept.length < length) {
        if (isClosed) throw new Error("the connection was closed");
        await news.promise;
      }
      const taken = kept.subarray(0, length);
      kept = kept.subarray(length);
      return taken;
    },
    attend(next) {
      listener = next;
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => void socket.terminate(),
  };

  function hear(bytes: Uint8Array): void {
    if (listener !== undefined) {
      listener.hear(bytes);
      return;
    }
    kept = kept.length === 0 ? new Uint8Array(bytes) : Buffer.concat([kept, bytes]);
    announce();
  }

  function close(): void {
    isClosed = true;
    announce();
  }

  function announce(): void {
    news.resolve();
    news = Promise.withResolvers<void>();
  }
}
