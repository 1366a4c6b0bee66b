import { createLineConnection, type LineConnection, type LineService } from "./line-connection.ts";

/** Clients at once; when one more comes, the one that has been silent longest makes room. */
const CONNECTIONS = 1_024;

export interface LineServer {
  readonly port: number;
  /** Closes the door and every connection. */
  stop(): void;
}

/**
 * Listens for line clients on `address`, exclusively: a second listener on the same port fails.
 * @throws the system's error (`EADDRINUSE`, `EACCES`).
 */
export function startLineServer(
  address: { readonly host: string; readonly port: number },
  service: LineService,
): LineServer {
  // A Map keeps the order of insertion; whoever speaks is put last.
  const connections = new Map<Bun.Socket<undefined>, LineConnection>();

  const listener = Bun.listen<undefined>({
    hostname: address.host,
    port: address.port,
    exclusive: true,
    allowHalfOpen: true,
    data: undefined,
    socket: {
      open(socket) {
        if (connections.size >= CONNECTIONS) makeRoom();
        connections.set(socket, createLineConnection(socket, service));
      },
      data(socket, chunk) {
        const connection = connections.get(socket);
        if (connection === undefined) return;
        connections.delete(socket);
        connections.set(socket, connection);
        connection.receive(chunk);
      },
      end: (socket) => connections.get(socket)?.peerEnded(),
      drain: (socket) => connections.get(socket)?.drained(),
      close: forget,
      error: (socket) => forget(socket),
    },
  });

  return {
    port: listener.port,
    stop() {
      listener.stop();
      for (const connection of connections.values()) connection.drop();
    },
  };

  function forget(socket: Bun.Socket<undefined>): void {
    connections.get(socket)?.closed();
    connections.delete(socket);
  }

  function makeRoom(): void {
    const silent = [...connections.values()].find((connection) => connection.idle);
    silent?.drop();
  }
}
