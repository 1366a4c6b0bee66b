import { createDestinations } from "../../../src/linksocks/exit/destinations.ts";
import type { Dial } from "../../../src/linksocks/exit/dial.ts";
import { type ByteStream, listenTo, type StreamListener } from "../../../src/net/byte-stream.ts";
import type { HostAndPort } from "../../../src/net/host-and-port.ts";

/** As on a command line. */
export const OPEN = createDestinations({ allow: [], deny: [], isConfined: false });

/** Hears a dialled stream, and remembers in which order. */
export interface Ear extends StreamListener {
  /** What was told so far: `data`, `end`, and `close` or `break`, each only once in a row. */
  readonly calls: readonly string[];
  text(): string;
}

export function createEar(): Ear {
  const calls: string[] = [];
  let text = "";
  return {
    calls,
    text: () => text,
    onData(bytes) {
      text += Buffer.from(bytes).toString("latin1");
      note("data");
    },
    onDrain: () => undefined,
    onEnd: () => note("end"),
    onClose: (wasBroken) => note(wasBroken ? "break" : "close"),
  };

  function note(call: string): void {
    if (calls.at(-1) !== call) calls.push(call);
  }
}

/** Dials, and has `ear` hear from what comes of it. */
export async function dialTo(dial: Dial, target: HostAndPort, ear: Ear = createEar()): Promise<ByteStream> {
  const stream = await dial(target);
  listenTo(stream, ear);
  return stream;
}

/** A target that greets with `hello` and then sends back what it hears, and ends when its client does. */
export interface Target {
  readonly port: number;
  [Symbol.dispose](): void;
}

/** @param endsAtOnce it ends behind its greeting. */
export function startTarget(options: { readonly hostname?: string; readonly endsAtOnce?: boolean } = {}): Target {
  const { hostname = "127.0.0.1", endsAtOnce = false } = options;
  const listener = Bun.listen({
    hostname,
    port: 0,
    socket: {
      open(socket) {
        socket.write("hello ");
        if (endsAtOnce) socket.end();
      },
      data: (socket, chunk) => void socket.write(chunk),
    },
  });
  return { port: listener.port, [Symbol.dispose]: () => listener.stop(true) };
}

/** Closes a stream at the end of a test. */
export function closing(stream: ByteStream): Disposable & { readonly stream: ByteStream } {
  return { stream, [Symbol.dispose]: () => stream.terminate() };
}
