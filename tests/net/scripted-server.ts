/** A server on loopback that answers as a test says. */
export interface ScriptedServer {
  readonly host: string;
  readonly port: number;
  /** All that was sent to it, as Latin-1. */
  heard(): string;
  [Symbol.dispose](): void;
}

/** @param react is called with each packet of a client, and with none when it connects. */
export function serveScript(react: (socket: Bun.Socket<undefined>, chunk?: Uint8Array) => void): ScriptedServer {
  let heard = "";
  const listener = Bun.listen<undefined>({
    hostname: "127.0.0.1",
    port: 0,
    data: undefined,
    socket: {
      open: (socket) => react(socket),
      data(socket, chunk) {
        heard += Buffer.from(chunk).toString("latin1");
        react(socket, chunk);
      },
    },
  });
  return {
    host: "127.0.0.1",
    port: listener.port,
    heard: () => heard,
    [Symbol.dispose]: () => listener.stop(true),
  };
}
