/** A TCP connection to this machine that keeps what it hears, and knows whether it was closed. */
export async function connectWatched(port: number) {
  let text = "";
  let isClosed = false;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, bytes) {
        text += String(bytes);
      },
      close() {
        isClosed = true;
      },
    },
  });
  return {
    received: () => text,
    closed: () => isClosed,
    write: (bytes: string) => socket.write(bytes),
    end: () => socket.end(),
    shutdown: () => socket.shutdown(),
    destroy: () => socket.terminate(),
  };
}
