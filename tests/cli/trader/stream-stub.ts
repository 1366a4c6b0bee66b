/** A stream that says what a test wants. */
export interface StreamStub extends Disposable {
  readonly url: string;
  readonly port: number;
  /** The queries of those who connected. */
  readonly questions: readonly string[];
  readonly listeners: number;
  send(...messages: readonly object[]): void;
  sendText(text: string): void;
  ping(): void;
}

export function startStreamStub(port = 0): StreamStub {
  const questions: string[] = [];
  const sockets = new Set<Bun.ServerWebSocket<undefined>>();
  const server = Bun.serve<undefined>({
    hostname: "127.0.0.1",
    port,
    fetch(request, own) {
      questions.push(new URL(request.url).search);
      return own.upgrade(request, { data: undefined }) ? undefined : new Response(null, { status: 426 });
    },
    websocket: {
      open: (socket) => void sockets.add(socket),
      message() {},
      close: (socket) => void sockets.delete(socket),
    },
  });
  const sendText = (text: string) => {
    for (const socket of sockets) socket.send(text);
  };
  return {
    port: server.port ?? port,
    url: `ws://127.0.0.1:${server.port}`,
    questions,
    get listeners() {
      return sockets.size;
    },
    send(...messages) {
      for (const message of messages) sendText(JSON.stringify(message));
    },
    sendText,
    ping() {
      for (const socket of sockets) socket.ping();
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.terminate();
      void server.stop(true);
    },
  };
}
