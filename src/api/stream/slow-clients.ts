import { createJointBound } from "../http/joint-bound.ts";
import { MOST_BYTES_OF_ALL } from "../http/stream-bounds.ts";
import { CLOSE_CODE, type ClientSocket, end } from "./client.ts";

/** What the runtime may still hold of clients that are being closed and do not read. */
const MOST_CLOSING_BYTES = 16 * 1024 * 1024;

export type SlowClients = ReturnType<typeof createSlowClients>;

/** Bounds what is kept for all clients that do not read, together; who has not read for longest makes room. */
export function createSlowClients() {
  const behind = createJointBound(MOST_BYTES_OF_ALL, (socket: ClientSocket) => {
    end(socket, CLOSE_CODE.tryAgainLater, "slow consumer");
    weigh(socket);
  });
  const closing = createJointBound(MOST_CLOSING_BYTES, (socket: ClientSocket) => socket.terminate());

  return { weigh, forget };

  /** To be called when what is kept for a client may have grown, and when it has read some. */
  function weigh(socket: ClientSocket): void {
    if (socket.readyState !== WebSocket.OPEN) {
      forget(socket);
      return;
    }
    const { backlog, closing: isClosing } = socket.data;
    const held = socket.getBufferedAmount();
    closing(socket, isClosing === undefined ? 0 : held);
    behind(socket, backlog === undefined ? 0 : backlog.bytes + held);
  }

  function forget(socket: ClientSocket): void {
    behind(socket, 0);
    closing(socket, 0);
  }
}
