import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Connects so often to a port of this machine, and says nothing. */
export async function connectSilently(port: number, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, "127.0.0.1"));
  for (const socket of sockets) {
    socket.on("error", () => undefined);
    socket.resume();
  }
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  return sockets;
}
