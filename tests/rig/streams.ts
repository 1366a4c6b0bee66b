/** A web server that sends a line every 5 ms for as long as somebody listens. */
export function startTicker(): AsyncDisposable & { readonly port: number; stop(): Promise<void> } {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: () =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            await Bun.sleep(5);
            controller.enqueue(new TextEncoder().encode(`${"tick ".repeat(20)}\n`));
          },
        }),
      ),
  });
  const stop = () => server.stop(true);
  return { port: Number(server.port), stop, [Symbol.asyncDispose]: stop };
}

/** A download that never ends. */
export interface Stream extends AsyncDisposable {
  bytes(): number;
  ended(): boolean;
  close(): Promise<void>;
}

/** Opens an endless download through a SOCKS port. */
export function openStream(socksPort: number, url: string): Stream {
  const curl = Bun.spawn(["curl", "-sN", "--socks5-hostname", `127.0.0.1:${socksPort}`, url], {
    stdout: "pipe",
    stderr: "ignore",
  });
  let bytes = 0;
  const reading = (async () => {
    for await (const chunk of curl.stdout) bytes += chunk.length;
  })();
  const close = async () => {
    curl.kill();
    await curl.exited;
    await reading;
  };
  return { bytes: () => bytes, ended: () => curl.exitCode !== null, close, [Symbol.asyncDispose]: close };
}
