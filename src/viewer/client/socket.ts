/** Called by a connection. After `onClose`, which comes once, there are no more calls. */
export interface SocketListener {
  onOpen(): void;
  onMessage(text: string): void;
  /** The far side asked whether we are there, and was answered. */
  onPing(): void;
  /** It was refused, or has ended. */
  onClose(reason: string): void;
}

export interface StreamSocket {
  close(): void;
}

/** Opens a connection. @param url `ws://…` with its query. */
export type OpenSocket = (url: string, listener: SocketListener) => StreamSocket;

/** The system's own WebSocket. */
export const openWebSocket: OpenSocket = (url, listener) => {
  const socket = new WebSocket(url);
  socket.onopen = () => listener.onOpen();
  socket.onmessage = ({ data }) => listener.onMessage(typeof data === "string" ? data : "");
  socket.addEventListener("ping", () => listener.onPing());
  socket.onclose = ({ code, reason }) => listener.onClose(describeClose(code, reason));
  return { close: () => socket.close() };
};

function describeClose(code: number, reason: string): string {
  if (reason !== "") return `closed with ${code}: ${reason}`;
  return code === 1001 ? "the daemon goes away" : `closed with ${code}`;
}
