import { createRawLink, type RawLink, type RawLinkEnd } from "./raw-link.ts";

export interface RawServerOptions {
  /** Hears of each client; not where `answer` has answered. */
  onLink?(link: RawLink): void;
  /** In place of a WebSocket. */
  answer?(request: Request): Response | undefined;
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A WebSocket server on 127.0.0.1 whose bytes a test writes. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** `ws://` or `wss://`. */
  readonly url: string;
  /** In the order in which they came. */
  readonly requests: readonly RawRequest[];
}

export interface RawRequest {
  readonly url: string;
  readonly headers: Headers;
}

export function startRawServer({ onLink, answer, tls }: RawServerOptions): RawServer {
  const requests: RawRequest[] = [];
  const server = Bun.serve<{ end: RawLinkEnd | undefined }>({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls === undefined ? {} : { tls }),
    fetch(request, bun) {
      // Copied, because Bun forgets them with the answer.
      requests.push({ url: request.url, headers: new Headers(request.headers) });
      const answered = answer?.(request);
      if (answered !== undefined) return answered;
      if (bun.upgrade(request, { data: { end: undefined } })) return undefined;
      return new Response("Bad Request\n", { status: 400 });
    },
    websocket: {
      maxPayloadLength: 64 * 1024 * 1024,
      backpressureLimit: 0,
      open(socket) {
        const end = createRawLink({
          send: (message) => void socket.send(message),
          waiting: () => socket.getBufferedAmount(),
          close: () => socket.terminate(),
        });
        socket.data.end = end;
        onLink?.(end.link);
      },
      message: (socket, message) => socket.data.end?.onMessage(Buffer.from(message)),
      close: (socket, code, reason) => socket.data.end?.onClose(code, reason),
    },
  });
  const port = Number(server.port);
  return {
    port,
    url: `${tls === undefined ? "ws" : "wss"}://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
