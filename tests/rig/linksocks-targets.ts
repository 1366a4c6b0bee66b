import { createHash, randomBytes } from "node:crypto";
import { serveTcp, type TcpStream } from "./tcp-stream.ts";

/** Something to reach, on the same port of every loopback address, so that `localhost` is it as well. */
export interface Target extends Disposable {
  readonly port: number;
}

/** 127.0.0.1, and ::1 where this machine has it. */
export const LOOPBACKS: readonly string[] = hasIpv6() ? ["127.0.0.1", "::1"] : ["127.0.0.1"];

/** Answers GET /generate_204 with 204, anything else with 404. */
export function startWebTarget(): Target {
  return onEveryLoopback((hostname, port) => {
    const server = Bun.serve({
      hostname,
      port,
      fetch: ({ url }) => new Response(null, { status: new URL(url).pathname === "/generate_204" ? 204 : 404 }),
    });
    return { port: Number(server.port), close: () => void server.stop(true) };
  });
}

/** Sends each datagram back to its sender. */
export async function startUdpEcho(): Promise<Target> {
  const sockets: Bun.udp.Socket<"buffer">[] = [];
  const port = await openSockets(sockets);
  return {
    port,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.close();
    },
  };
}

/** Sends every byte back, and a FIN for a FIN. */
export function startTcpEcho(): Target {
  return serve(async (stream) => {
    for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read()) await stream.write(bytes);
    stream.finish();
  });
}

/** Speaks first, and then listens to the end. */
export function startGreeter(greeting: string): Target {
  return serve(async (stream) => {
    await stream.write(greeting);
    await drain(stream, () => undefined);
  });
}

/** What `startSource` sends. */
export interface Source extends Target {
  readonly sha256: string;
  content(): Generator<Uint8Array>;
  /** How many bytes it has got rid of, to all who connected. */
  written(): number;
}

/** Streams `length` bytes to whoever connects, then a FIN. `zeros` can be compressed well, `random` bytes not at all. */
export function startSource(length: number, fill: "zeros" | "random" = "random"): Source {
  const block = fill === "zeros" ? new Uint8Array(BLOCK_BYTES) : new Uint8Array(randomBytes(BLOCK_BYTES));
  const hash = createHash("sha256");
  for (const piece of content()) hash.update(piece);
  let written = 0;
  const target = serve(async (stream) => {
    for (const piece of content()) {
      await stream.write(piece);
      written += piece.length;
    }
    stream.finish();
    await drain(stream, () => undefined);
  });
  return { ...target, sha256: hash.digest("hex"), content, written: () => written };

  /** One block over and over, numbered, so that a lost one or two in the wrong order change the hash. */
  function* content(): Generator<Uint8Array> {
    for (let start = 0; start < length; start += BLOCK_BYTES) {
      const piece = block.slice(0, length - start);
      if (piece.length >= 8) new DataView(piece.buffer).setBigUint64(0, BigInt(start));
      yield piece;
    }
  }
}

export interface Receipt {
  readonly length: number;
  readonly sha256: string;
}

/**
 * Takes what comes, from the moment on that `opens` resolves. `received` tells of the first connection, once it brought
 * `length` bytes or has ended.
 */
export function startSink(
  length: number,
  opens: Promise<void> = Promise.resolve(),
): Target & { readonly received: Promise<Receipt> } {
  const received = Promise.withResolvers<Receipt>();
  const target = serve(async (stream) => {
    await opens;
    const hash = createHash("sha256");
    let taken = 0;
    const report = () => received.resolve({ length: taken, sha256: hash.copy().digest("hex") });
    await drain(stream, (bytes) => {
      hash.update(bytes);
      taken += bytes.length;
      if (taken >= length) report();
    }).finally(report);
  });
  return { ...target, received: received.promise };
}

const BLOCK_BYTES = 65_536;

async function drain(stream: TcpStream, hear: (bytes: Uint8Array) => void): Promise<void> {
  for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read()) hear(bytes);
}

function serve(each: (stream: TcpStream) => Promise<void>): Target {
  return onEveryLoopback((host, port) => serveTcp(host, port, each));
}

/** The first address takes any port; where that is taken on the next address, both begin anew. */
function onEveryLoopback(open: (host: string, port: number) => { readonly port: number; close(): void }): Target {
  for (;;) {
    const opened: { readonly port: number; close(): void }[] = [];
    const close = () => {
      for (const listener of opened) listener.close();
    };
    try {
      for (const host of LOOPBACKS) opened.push(open(host, opened[0]?.port ?? 0));
      return { port: opened[0]?.port ?? 0, [Symbol.dispose]: close };
    } catch (error) {
      close();
      if (opened.length === 0) throw error;
    }
  }
}

async function openSockets(sockets: Bun.udp.Socket<"buffer">[]): Promise<number> {
  for (;;) {
    try {
      for (const hostname of LOOPBACKS) {
        const port = sockets[0]?.port ?? 0;
        sockets.push(await Bun.udpSocket({ hostname, port, socket: { data: echo, error: () => undefined } }));
      }
      return sockets[0]?.port ?? 0;
    } catch (error) {
      if (sockets.length === 0) throw error;
      for (const socket of sockets.splice(0)) socket.close();
    }
  }
}

function echo(socket: Bun.udp.Socket<"buffer">, datagram: Buffer, port: number, host: string): void {
  try {
    socket.send(datagram, port, host);
  } catch {
    // Whoever sent it has gone.
  }
}

function hasIpv6(): boolean {
  try {
    Bun.listen({ hostname: "::1", port: 0, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}
