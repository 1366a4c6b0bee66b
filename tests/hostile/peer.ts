import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Whoever is at the other end of a door, and writes whatever bytes a test wants. */
export interface Peer extends Disposable {
  /** Resolves once the system has taken them. @returns false where the other end is gone, or the signal has come. */
  send(bytes: Uint8Array, signal: AbortSignal): Promise<boolean>;
  /** Sends a FIN; what comes is still read. */
  finish(): void;
  /** Sends a RST. */
  reset(): void;
}

/** A peer of a socket, which reads all that comes and throws it away. */
export function createPeer(socket: Socket): Peer {
  socket.on("error", () => undefined);
  socket.setNoDelay(true);
  socket.resume();
  return {
    async send(bytes, signal) {
      if (socket.destroyed || signal.aborted) return false;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const giveUp = () => resolve(false);
      signal.addEventListener("abort", giveUp, { once: true });
      socket.once("close", giveUp);
      socket.write(bytes, (error) => resolve(error === undefined || error === null));
      const isTaken = await promise;
      signal.removeEventListener("abort", giveUp);
      socket.off("close", giveUp);
      return isTaken;
    },
    finish: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Connects to a port of 127.0.0.1, or to a unix socket. */
export async function connectPeer(to: number | string): Promise<Peer> {
  const socket = typeof to === "number" ? connect(to, "127.0.0.1") : connect(to);
  const peer = createPeer(socket);
  await once(socket, "connect");
  return peer;
}
