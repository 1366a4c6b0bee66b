import { until } from "../../rig/until.ts";

/** A client that reads a streamed answer off a bare socket, and can stop reading. */
export interface StreamReader {
  /** Status line and headers, in small letters. */
  readonly head: string;
  /** What has come of the body so far. */
  text(): string;
  /** Waits until the body is just that. */
  sees(text: string): Promise<void>;
  pause(): void;
  resume(): void;
  readonly closed: Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Resolves when the answer has begun. */
export async function openReader(path: string, target: string): Promise<StreamReader> {
  let received = "";
  const decoder = new TextDecoder();
  const closed = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    unix: path,
    socket: {
      open(opened) {
        opened.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      },
      data(_, chunk) {
        received += decoder.decode(chunk, { stream: true });
      },
      close: () => closed.resolve(),
      error: () => closed.resolve(),
    },
  });
  await until("the answer begins", () => received.includes("\r\n\r\n"));
  const text = () => removeChunks(received.slice(received.indexOf("\r\n\r\n") + 4));
  return {
    head: received.slice(0, received.indexOf("\r\n\r\n")).toLowerCase(),
    text,
    async sees(expected) {
      await until(`the body is ${JSON.stringify(expected)}`, () => text() === expected).catch((error) => {
        throw new Error(`${error.message}; it is ${JSON.stringify(text())}`);
      });
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    closed: closed.promise,
    async [Symbol.asyncDispose]() {
      socket.end();
      socket.terminate();
      await closed.promise;
    },
  };
}

/** RFC 9112, section 7.1: each chunk stands behind its length in hexadecimal digits. */
function removeChunks(body: string): string {
  let text = "";
  for (let rest = body; ; ) {
    const head = /^([0-9a-f]+)\r\n/i.exec(rest);
    if (head === null) return text;
    const start = head[0].length;
    const length = Number.parseInt(head[1] ?? "", 16);
    text += rest.slice(start, start + length);
    rest = rest.slice(start + length + 2);
  }
}
