import { connectTcp, serveTcp, type TcpStream } from "../../rig/tcp-stream.ts";

const HOST = "127.0.0.1";

/** A way to a port of loopback on which visitors wait until it is opened. */
export interface Gate extends Disposable {
  readonly port: number;
  /** The first visitor is here. */
  readonly visited: Promise<void>;
  open(): void;
}

export function startGate(port: number): Gate {
  const visited = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const server = serveTcp(HOST, 0, async (visitor) => {
    visited.resolve();
    await opened.promise;
    using host = await connectTcp(HOST, port);
    await Promise.race([carry(visitor, host), carry(host, visitor)]);
  });
  return { port: server.port, visited: visited.promise, open: opened.resolve, [Symbol.dispose]: server.close };
}

async function carry(from: TcpStream, to: TcpStream): Promise<void> {
  for (let bytes = await from.read(); bytes !== undefined; bytes = await from.read()) await to.write(bytes);
}
