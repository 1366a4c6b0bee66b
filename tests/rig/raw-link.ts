import { until } from "./until.ts";

/** One WebSocket that carries whatever bytes a test wants, at either end. */
export interface RawLink extends Disposable {
  /** A text goes as a text message. */
  send(message: Uint8Array | string): void;
  /** The next message whose second byte is `type`; those before it are skipped. Rejects after a minute. */
  next(type: number): Promise<Buffer>;
  /** Bytes that were sent and that nobody has taken yet. */
  waiting(): number;
  /** All messages so far. */
  readonly received: readonly Buffer[];
  /** How it ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  isClosed(): boolean;
  close(): void;
}

export interface RawLinkEnd {
  readonly link: RawLink;
  onMessage(message: Buffer): void;
  onClose(code: number, reason: string): void;
}

/** What both ends share. */
export function createRawLink({ send, waiting, close }: Pick<RawLink, "send" | "waiting" | "close">): RawLinkEnd {
  const received: Buffer[] = [];
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  let isClosed = false;
  let read = 0;
  const link: RawLink = {
    send,
    waiting,
    next(type) {
      const look = () => {
        while (read < received.length) {
          const message = received[read++];
          if (message?.[1] === type) return message;
        }
        if (isClosed) throw new Error(`no message of type ${type}: the link is closed`);
        return undefined;
      };
      return until(`a message of type ${type}`, look);
    },
    received,
    closed: closed.promise,
    isClosed: () => isClosed,
    close,
    [Symbol.dispose]: close,
  };
  return {
    link,
    onMessage: (message) => void received.push(message),
    onClose(code, reason) {
      isClosed = true;
      closed.resolve({ code, reason });
    },
  };
}

/** Opens one to a server. Rejects where that does not take it. */
export async function openRawLink(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawLink> {
  const socket = new WebSocket(url, { headers: { ...headers } });
  socket.binaryType = "nodebuffer";
  const end = createRawLink({
    send: (message) => socket.send(message),
    waiting: () => socket.bufferedAmount,
    close: () => socket.terminate(),
  });
  const opened = Promise.withResolvers<void>();
  socket.onopen = () => opened.resolve();
  socket.onmessage = ({ data }: MessageEvent<string | Buffer>) => end.onMessage(Buffer.from(data));
  socket.onclose = ({ code, reason }) => {
    opened.reject(new Error(`closed with code ${code} ${reason}`));
    end.onClose(code, reason);
  };
  await opened.promise;
  return end.link;
}
