import { type LinkSocksClient, startClient } from "../../../src/linksocks/client/client.ts";
import type { ClientOptions, ServerOptions } from "../../../src/linksocks/options.ts";
import { startOwnServer } from "../../rig/linksocks-in-process.ts";
import { connectThroughSocks } from "../../rig/socks5-client.ts";
import { serveTcp } from "../../rig/tcp-stream.ts";
import { createClientOptions, TOKEN } from "./client-rig.ts";

/** What a test has started. */
const started: { stop(): unknown }[] = [];

/** To be called at a test's end: the last that was started stops first. */
export async function stopAll(): Promise<void> {
  for (const { stop } of started.splice(0).reverse()) await stop();
}

/** Has something stopped at the test's end. */
export function stopAtEnd(stop: () => unknown): void {
  started.push({ stop });
}

/** A server with a token for clients. */
export async function serve(
  options: Partial<ServerOptions> = {},
  prepare: (server: Awaited<ReturnType<typeof startOwnServer>>) => void = () => undefined,
) {
  const server = await startOwnServer(options);
  started.push(server);
  server.tokens.addForward(TOKEN);
  prepare(server);
  return { server, url: `ws://127.0.0.1:${server.port}`, stop: () => server.stop() };
}

/** A client of that server, or of whichever its options name. */
export async function start(options: Parameters<typeof createClientOptions>[0]) {
  const client = createClientOptions(options);
  const running = await startClient(client);
  started.push(running);
  running.ended.catch(() => undefined);
  return { client: running, lines: client.lines };
}

export async function startPair(options: Partial<ClientOptions> = {}) {
  const { url, server } = await serve();
  return { ...(await start({ url, ...options })), server };
}

/** Through the client to a target that sends back what it hears. */
export async function echo(client: LinkSocksClient): Promise<string> {
  const target = serveTcp("127.0.0.1", 0, async (stream) => stream.write((await stream.read()) ?? ""));
  try {
    using stream = await connectThroughSocks({ port: client.socksPort ?? 0 }, { host: "127.0.0.1", port: target.port });
    await stream.write("hello");
    return String(Buffer.from(await stream.readExactly(5)));
  } finally {
    target.close();
  }
}
