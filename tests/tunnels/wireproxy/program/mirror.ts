/** A web server on loopback that answers as the test says. */
export interface Mirror {
  /** Without a final slash. */
  readonly url: string;
  /** The paths asked for so far. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

export function startMirror(answer: (request: Request) => Response | Promise<Response>): Mirror {
  const requests: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      requests.push(new URL(request.url).pathname);
      return answer(request);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    stop: () => server.stop(true),
  };
}

/** A body whose parts are sent when the test says so; `wanted` resolves when somebody reads it. */
export function makeGatedBody() {
  const wanted = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => opened.resolve(controller),
    pull: () => wanted.resolve(),
  });
  return {
    body,
    wanted: wanted.promise,
    async send(bytes: Uint8Array): Promise<void> {
      (await opened.promise).enqueue(bytes);
    },
    async finish(): Promise<void> {
      (await opened.promise).close();
    },
  };
}
