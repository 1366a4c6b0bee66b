import type { HostAndPort } from "./host-and-port.ts";
import { createLineSplitter } from "./line-splitter.ts";

const REPLY_BYTES = 4 * 1024 * 1024;

/**
 * Sends one line to a line server and gives its reply, over a connection of its own.
 * @param milliseconds for the whole exchange.
 * @throws Error `timed out`, `closed without a reply`, or the system's (`ECONNREFUSED`).
 */
export async function askLine(address: HostAndPort, line: string, milliseconds: number): Promise<string> {
  const reply = Promise.withResolvers<string>();
  const splitter = createLineSplitter(REPLY_BYTES);
  const timer = setTimeout(() => reply.reject(new Error("timed out")), milliseconds);
  const connecting = Bun.connect({
    hostname: address.host,
    port: address.port,
    socket: {
      open: (socket) => void socket.write(`${line}\n`),
      data(_, chunk) {
        const first = splitter.push(chunk)[0];
        if (first !== undefined) reply.resolve(new TextDecoder().decode(first));
      },
      close: () => reply.reject(new Error("closed without a reply")),
      error: (_, error) => reply.reject(error),
      connectError: (_, error) => reply.reject(error),
    },
  });
  connecting.catch(reply.reject);
  try {
    return await reply.promise;
  } finally {
    clearTimeout(timer);
    connecting.then(
      (socket) => socket.end(),
      () => undefined,
    );
  }
}
