import { until } from "../../rig/until.ts";

/** A client that listens, as a trading program does. */
export interface Listener extends Disposable {
  readonly socket: WebSocket;
  /** What came, in order, as it came. */
  readonly texts: readonly string[];
  /** The numbers of what came. */
  numbers(): readonly number[];
  types(): readonly string[];
  /** Resolves once so many have come. Rejects after a minute. */
  received(count: number): Promise<readonly string[]>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Connects. Rejects where the server refuses. */
export async function listenTo(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Listener> {
  const socket = new WebSocket(url, { headers: { ...headers } });
  const texts: string[] = [];
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.onopen = () => opened.resolve();
  socket.onmessage = ({ data }: MessageEvent<string | Buffer>) => {
    if (typeof data !== "string") throw new Error("a message that is no text");
    texts.push(data);
  };
  socket.onclose = ({ code, reason }) => {
    opened.reject(new Error(`refused: ${code} ${reason}`));
    closed.resolve({ code, reason });
  };
  await opened.promise;
  const read = (member: string) => texts.map((text) => JSON.parse(text)[member]);
  return {
    socket,
    texts,
    numbers: () => read("seq"),
    types: () => read("type"),
    async received(count) {
      await until(`${count} messages`, () => texts.length >= count);
      return texts;
    },
    closed: closed.promise,
    [Symbol.dispose]: () => socket.terminate(),
  };
}
