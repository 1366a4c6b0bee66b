import type { SampleEvent } from "./subject.ts";

/** The connection over which another program's server is given its events. */
export interface Feeder extends Disposable {
  publish(events: readonly SampleEvent[]): Promise<void>;
}

/** Sends an event a line, with an empty line behind each batch; the server answers with one once its buffers are empty. */
export async function openFeeder(port: number): Promise<Feeder> {
  const waiting: PromiseWithResolvers<void>[] = [];
  let unsent = new Uint8Array(0);
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, bytes) {
        for (const _byte of bytes) waiting.shift()?.resolve();
      },
      drain: () => flush(new Uint8Array(0)),
      close() {
        for (const { reject } of waiting) reject(new Error("the server has closed the connection"));
      },
    },
  });
  return {
    publish(events) {
      const answer = Promise.withResolvers<void>();
      waiting.push(answer);
      flush(new TextEncoder().encode(`${events.map((event) => JSON.stringify(event)).join("\n")}\n\n`));
      return answer.promise;
    },
    [Symbol.dispose]: () => void socket.terminate(),
  };

  function flush(bytes: Uint8Array): void {
    const all = unsent.length === 0 ? bytes : Buffer.concat([unsent, bytes]);
    unsent = new Uint8Array(all.subarray(Math.max(0, socket.write(all))));
  }
}
