import type { HostAndPort } from "./host-and-port.ts";
/**
 * A connection for one short exchange, read in the order in which it is spoken. What takes throws Error `timed out`,
 * `closed early`, `too long`, or the system's.
 */
export interface Conversation {
  /** @throws Error `not taken` where the system's buffer is full: a question is far smaller than that. */
  send(bytes: Uint8Array): void;
  /** The next `count` bytes. */
  take(count: number): Promise<Uint8Array>;
  /** The next line, as Latin-1, without its end. */
  takeLine(maximumBytes: number): Promise<string>;
  /** Everything until the far side closes. */
  takeRest(maximumBytes: number): Promise<Uint8Array>;
  close(): void;
}

/** Bytes that may lie unread; a far side that sends more unasked is cut off. */
const UNREAD_BYTES = 256 * 1024;

const LF = 0x0a;

/**
 * Connects. The wire is to be closed by whoever opened it.
 * @param milliseconds for the whole exchange, from now on.
 * @throws Error `timed out`, or the system's (`ECONNREFUSED`).
 */
export async function openConversation(address: HostAndPort, milliseconds: number): Promise<Conversation> {
  let unread: Uint8Array = new Uint8Array(0);
  let fault: Error | undefined;
  let hasEnded = false;
  let news = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<Bun.Socket<undefined>>();
  const timer = setTimeout(() => fail(new Error("timed out")), milliseconds);
  const connecting = Bun.connect<undefined>({
    hostname: address.host,
    port: address.port,
    data: undefined,
    socket: {
      open: opened.resolve,
      data(_, chunk) {
        unread = Buffer.concat([unread, chunk]);
        if (unread.length > UNREAD_BYTES) fail(new Error("too long"));
        tell();
      },
      close() {
        hasEnded = fault === undefined;
        fail(new Error("closed early"));
      },
      error: (_, error) => fail(error),
      connectError: (_, error) => fail(error),
    },
  });
  connecting.catch(fail);
  const socket = await opened.promise;

  return {
    send(bytes) {
      if (socket.write(bytes) < bytes.length) throw new Error("not taken");
    },
    take: (count) => takeOnce(() => (unread.length < count ? undefined : count)),
    async takeLine(maximumBytes) {
      const line = await takeOnce(() => {
        const end = unread.indexOf(LF);
        if ((end === -1 ? unread.length : end) > maximumBytes) throw new Error("too long");
        return end === -1 ? undefined : end + 1;
      });
      return new TextDecoder("latin1").decode(line).trimEnd();
    },
    takeRest: (maximumBytes) =>
      takeOnce(() => {
        if (unread.length > maximumBytes) throw new Error("too long");
        return hasEnded ? unread.length : undefined;
      }),
    close: () => fail(new Error("closed")),
  };

  /** Waits until `measure` knows how many of the unread bytes are meant, and takes them. */
  async function takeOnce(measure: () => number | undefined): Promise<Uint8Array> {
    for (;;) {
      const count = measure();
      if (count !== undefined) {
        const taken = unread.subarray(0, count);
        unread = unread.subarray(count);
        return taken;
      }
      if (fault !== undefined) throw fault;
      await news.promise;
    }
  }

  /** The first fault stays the one that is told. A connection that opens only after it is closed as well. */
  function fail(error: Error): void {
    fault ??= error;
    clearTimeout(timer);
    opened.reject(fault);
    connecting.then(
      (open) => open.end(),
      () => undefined,
    );
    tell();
  }

  function tell(): void {
    news.resolve();
    news = Promise.withResolvers();
  }
}
