import { connectTcp, serveTcp, type TcpStream } from "./tcp-stream.ts";

/** Stands between two programs on loopback and counts what they say to each other. */
export interface CountingRelay extends Disposable {
  readonly port: number;
  /** Bytes from who connected, and to them. */
  readonly fromClient: number;
  readonly toClient: number;
}

export function startCountingRelay(targetPort: number): CountingRelay {
  let fromClient = 0;
  let toClient = 0;
  const server = serveTcp("127.0.0.1", 0, async (client) => {
    using target = await connectTcp("127.0.0.1", targetPort);
    await Promise.all([
      pass(client, target, (bytes) => {
        fromClient += bytes;
      }),
      pass(target, client, (bytes) => {
        toClient += bytes;
      }),
    ]);
  });
  return {
    port: server.port,
    get fromClient() {
      return fromClient;
    },
    get toClient() {
      return toClient;
    },
    [Symbol.dispose]: server.close,
  };
}

async function pass(from: TcpStream, to: TcpStream, count: (bytes: number) => void): Promise<void> {
  for (let bytes = await from.read(); bytes !== undefined; bytes = await from.read()) {
    count(bytes.length);
    await to.write(bytes);
  }
  to.finish();
}
