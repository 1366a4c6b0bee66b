import { Failure } from "../../platform/failure.ts";
import { duplicateDescriptor } from "../../platform/libc.ts";
import { keepLittleUnread } from "../../platform/network/socket-buffers.ts";
import { affordableConnections } from "../../platform/process/descriptor-limit.ts";
import { containSocket } from "../contained-sockets.ts";
import { createDoorShare, DOOR } from "./door-share.ts";
import { createLineConnection, type LineConnection, type LineService } from "./line-connection.ts";

export interface LineAddress {
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
  const handlers: Bun.SocketHandler<undefined> = {
    open(socket) {
      if (connections.size >= most && !dropSilentClient()) {
        socket.terminate();
        return;
      }
      const refusal = service.refuse?.(socket.remotePort);
      const served = refusal === undefined ? service : { ...service, answer: () => refusal };
      connections.set(socket, createLineConnection(socket, served, share));
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
  };
  let listener = listen(address.descriptor);

  return {
    // The runtime does not know the port of an inherited socket.
    port: address.descriptor === undefined ? listener.port : address.port,
    /** A second descriptor of the listening socket, for another process; the caller closes it. */
    duplicateSocket: (): number => duplicateDescriptor(descriptorOf(listener)),
    /** Takes no more connections; those there are go on, and new ones wait in the socket's queue. */
    stopListening: (): void => listener.stop(),
    /** Reads nothing more of anybody, and lets nobody in; all of them wait. */
    hold(): void {
      listener.stop();
      for (const socket of connections.keys()) socket.pause();
    },
    /** Goes on after `hold`, with a second descriptor of the listening socket, which stays the caller's. */
    release(descriptor: number | undefined): void {
      listener = listen(descriptor);
      for (const socket of connections.keys()) socket.resume();
    },
    /**
     * Second descriptors of the connections that nothing is owed to, for the process that takes over from this one; the caller
     * closes them. What such a client has sent since `hold` is still to be read.
     */
    lendConnections(): readonly number[] {
      const quiet = [...connections].filter(([, connection]) => connection.idle && connection.kept === 0);
      return quiet.map(([socket]) => duplicateDescriptor(descriptorOf(socket)));
    },
    /** Goes on with connections of the process before, whose descriptors stay the caller's. */
    async adopt(descriptors: readonly number[]): Promise<void> {
      for (const descriptor of descriptors) {
        await Bun.connect<undefined>({
          ...{ fd: duplicateDescriptor(descriptor), hostname: address.host, port: address.port },
          allowHalfOpen: true,
          data: undefined,
          socket: containSocket(DOOR, handlers),
          // One that has just gone is nobody's loss.
        }).catch(() => undefined);
      }
    },
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

  function listen(descriptor: number | undefined): Bun.TCPSocketListener<undefined> {
    const listening = Bun.listen<undefined>({
      ...(descriptor === undefined ? {} : { fd: duplicateDescriptor(descriptor) }),
      hostname: address.host,
      port: address.port,
      exclusive: true,
      allowHalfOpen: true,
      data: undefined,
      socket: containSocket(DOOR, handlers),
    });
    keepLittleUnread(descriptorOf(listening));
    return listening;
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
function descriptorOf(socket: Bun.TCPSocketListener<undefined> | Bun.Socket<undefined>): number {
  const descriptor = "fd" in socket ? socket.fd : undefined;
  if (typeof descriptor === "number" && descriptor >= 0) return descriptor;
  throw new Failure("internal", "the socket has no descriptor");
}
