import { Failure } from "../../platform/failure.ts";
import { duplicateDescriptor } from "../../platform/libc.ts";
import { affordableConnections } from "../../platform/process/descriptor-limit.ts";
import { containSocket } from "../contained-sockets.ts";
import { createDoorShare, DOOR } from "./door-share.ts";
import { createLineConnection, type LineConnection, type LineService } from "./line-connection.ts";

interface LineAddress {
  readonly host: string;
  readonly port: number;
  /** A socket that listens there already, inherited from the process that had it; it stays the caller's. */
  readonly descriptor?: number | undefined;
}

export type LineServer = ReturnType<typeof startLineServer>;

/**
 * Listens for line clients on `address`, exclusively: a second listener on the same port fails.
 * @throws the system's error (`EADDRINUSE`, `EACCES`).
 */
export function startLineServer(address: LineAddress, service: LineService) {
  // When one more comes, the one that has been silent longest makes room.
  const most = affordableConnections("line");
  // A Map keeps the order of insertion; whoever speaks is put last.
  const connections = new Map<Bun.Socket<undefined>, LineConnection>();
  const share = createDoorShare(dropGreediest);
  let whenDeserted = Promise.withResolvers<void>();
  const listener = listen();

  return {
    // The runtime does not know the port of an inherited socket.
    port: address.descriptor === undefined ? listener.port : address.port,
    /** A second descriptor of the listening socket, for another process; the caller closes it. */
    duplicateSocket: (): number => duplicateDescriptor(descriptorOf(listener)),
    /** Takes no more connections; those there are go on, and new ones wait in the socket's queue. */
    stopListening: (): void => listener.stop(),
    /** Resolves once no connection is left. */
    async deserted(): Promise<void> {
      whenDeserted = Promise.withResolvers();
      if (connections.size > 0) await whenDeserted.promise;
    },
    /** Stops listening and closes every connection. */
    stop(): void {
      listener.stop();
      for (const connection of connections.values()) connection.drop();
    },
  };

  function listen(): Bun.TCPSocketListener<undefined> {
    return Bun.listen<undefined>({
      ...(address.descriptor === undefined ? {} : { fd: duplicateDescriptor(address.descriptor) }),
      hostname: address.host,
      port: address.port,
      exclusive: true,
      allowHalfOpen: true,
      data: undefined,
      socket: containSocket(DOOR, {
        open(socket) {
          if (connections.size >= most && !dropSilentClient()) {
            socket.terminate();
            return;
          }
          connections.set(socket, createLineConnection(socket, service, share));
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
      }),
    });
  }

  function forget(socket: Bun.Socket<undefined>): void {
    connections.get(socket)?.closed();
    connections.delete(socket);
    if (connections.size === 0) whenDeserted.resolve();
  }

  /** @returns whether there was one. */
  function dropSilentClient(): boolean {
    for (const connection of connections.values()) {
      if (!connection.idle) continue;
      connection.drop();
      return true;
    }
    return false;
  }

  function dropGreediest(): void {
    while (share.isOverfull) {
      let greediest: LineConnection | undefined;
      for (const connection of connections.values())
        if (connection.kept > (greediest?.kept ?? 0)) greediest = connection;
      if (greediest === undefined) return;
      greediest.drop();
    }
  }
}

/** The runtime has it, and its types do not say so. */
function descriptorOf(listener: Bun.TCPSocketListener<undefined>): number {
  const descriptor = "fd" in listener ? listener.fd : undefined;
  if (typeof descriptor === "number" && descriptor >= 0) return descriptor;
  throw new Failure("internal", "the listening socket has no descriptor");
}
