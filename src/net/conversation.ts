import { startTimer } from "../platform/timers.ts";
import { connectStream, createMailbox, OUTGOING, type SocketStream, type TlsClient } from "./byte-stream.ts";
import type { HostAndPort } from "./host-and-port.ts";

/** Bytes that may lie unread, unless who opens it says otherwise; a far side that sends more unasked is cut off. */
const UNREAD_BYTES = 4 * 1024 * 1024;

const CR = 0x0d;
const LF = 0x0a;

/**
 * A connection that is read in the order in which it is spoken. What takes throws
 * Error `timed out`, `closed early`, `too long`, or the system's.
 */
export type Conversation = Awaited<ReturnType<typeof openConversation>>;

/**
 * Connects. The conversation is to be disposed of or released by whoever opened it.
 * @param milliseconds for connecting and for all that is taken. @param unreadBytes that may lie unread.
 * @param tls for a conversation over TLS.
 * @throws Error `timed out`, or the system's (`ECONNREFUSED`).
 */
export async function openConversation(
  address: HostAndPort,
  milliseconds: number,
  unreadBytes = UNREAD_BYTES,
  tls?: TlsClient,
) {
  let fault: Error | undefined;
  let open: SocketStream | undefined;
  let news = Promise.withResolvers<void>();
  const mailbox = createMailbox(() => {
    if (mailbox.unread.length > unreadBytes) fail(new Error("too long"));
    announce();
  });
  const timer = startTimer(OUTGOING, milliseconds, () => fail(new Error("timed out")));
  const stream = await connectStream(address, mailbox, milliseconds, tls).catch((error) => {
    clearTimeout(timer);
    throw error;
  });
  open = stream;

  return {
    /** @throws Error `closed early` where the stream does not take it whole; it has room for a question. */
    send(bytes: Uint8Array): void {
      if (stream.write(bytes) < bytes.length) throw fault ?? new Error("closed early");
    },
    /** The next `count` bytes. */
    take: (count: number): Promise<Uint8Array> => takeOnce(() => (mailbox.unread.length < count ? undefined : count)),
    /** The next line, without its end. */
    async takeLine(maximumBytes: number): Promise<Uint8Array> {
      const line = await takeOnce(() => {
        const end = mailbox.unread.indexOf(LF);
        if ((end === -1 ? mailbox.unread.length : end) > maximumBytes) throw new Error("too long");
        return end === -1 ? undefined : end + 1;
      });
      return line.subarray(0, line.at(-2) === CR ? -2 : -1);
    },
    /** Everything until the far side sends nothing more. */
    takeRest: (maximumBytes: number): Promise<Uint8Array> =>
      takeOnce(() => {
        if (mailbox.unread.length > maximumBytes) throw new Error("too long");
        if (fault !== undefined) throw fault;
        return mailbox.hasEnded || mailbox.isClosed ? mailbox.unread.length : undefined;
      }),
    /** Ends the conversation without its stream, which keeps what is unread for who listens to it next. */
    release(): SocketStream {
      clearTimeout(timer);
      return stream;
    },
    /** Closes it. */
    [Symbol.dispose]: (): void => fail(new Error("closed")),
  };

  /** Waits until `measure` knows how many of the unread bytes are meant, and takes them. */
  async function takeOnce(measure: () => number | undefined): Promise<Uint8Array> {
    for (;;) {
      const count = measure();
      if (count !== undefined) return mailbox.take(count);
      if (fault !== undefined) throw fault;
      if (mailbox.hasEnded || mailbox.isClosed) throw new Error("closed early");
      await news.promise;
    }
  }

  /** The first fault stays the one that is told. */
  function fail(error: Error): void {
    fault ??= error;
    clearTimeout(timer);
    open?.end();
    announce();
  }

  function announce(): void {
    news.resolve();
    news = Promise.withResolvers();
  }
}

/** Connects, and says what comes first. @throws as `openConversation`, and what `speak` throws: then it is closed. */
export async function beginConversation(
  address: HostAndPort,
  milliseconds: number,
  speak: (conversation: Conversation) => Promise<void>,
): Promise<Conversation> {
  const conversation = await openConversation(address, milliseconds);
  try {
    await speak(conversation);
    return conversation;
  } catch (error) {
    conversation[Symbol.dispose]();
    throw error;
  }
}
