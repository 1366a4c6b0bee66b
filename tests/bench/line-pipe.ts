/** A connection to the line protocol that does as little as possible besides, so that it measures the daemon. */
export interface LinePipe {
  /** Sends a request and resolves when its reply is there. One at a time. */
  exchange(request: Uint8Array): Promise<void>;
  close(): void;
}

const LINE_FEED = 0x0a;

export const STATE_REQUEST = new TextEncoder().encode("state:\n");

async function openLinePipe(port: number): Promise<LinePipe> {
  let waiting = Promise.withResolvers<void>();
  const lost = () => waiting.reject(new Error("the daemon closed the connection"));
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, chunk) {
        if (chunk.at(-1) === LINE_FEED) waiting.resolve();
      },
      end: lost,
      error: lost,
    },
  });
  return {
    exchange(request) {
      waiting = Promise.withResolvers();
      socket.write(request);
      return waiting.promise;
    },
    close: () => socket.end(),
  };
}

/** `state` over a new connection each time, one after the other, as Argus asks. @returns milliseconds of each. */
export async function askOverNew(port: number, count: number): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    const pipe = await openLinePipe(port);
    await pipe.exchange(STATE_REQUEST);
    samples.push(performance.now() - began);
    pipe.close();
  }
  return samples;
}

/** `state` again and again over one connection. @returns milliseconds of each. */
export async function askOverOne(port: number, count: number): Promise<readonly number[]> {
  const samples: number[] = [];
  const pipe = await openLinePipe(port);
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    await pipe.exchange(STATE_REQUEST);
    samples.push(performance.now() - began);
  }
  pipe.close();
  return samples;
}
