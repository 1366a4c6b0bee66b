import type { ServerOptions } from "../../../src/linksocks/options.ts";
import type { startServer } from "../../../src/linksocks/server/server.ts";
import { startOwnServer } from "../../rig/linksocks-in-process.ts";
import { openRawLink } from "../../rig/raw-link.ts";
import { connectTcp } from "../../rig/tcp-stream.ts";
import { sha256 } from "./token-rig.ts";

const started: Awaited<ReturnType<typeof startServer>>[] = [];

/** To be called at a test's end. */
export async function stopAll(): Promise<void> {
  await Promise.all(started.splice(0).map((server) => server.stop()));
}

/** A server in this process, and what it logs. */
export async function start(options: Partial<ServerOptions> = {}) {
  const lines: string[] = [];
  const log = (level: string, text: string) => void lines.push(`${level} ${text}`);
  const server: Awaited<ReturnType<typeof startServer>> = await startOwnServer({ log, ...options });
  started.push(server);
  const url = `ws://127.0.0.1:${server.port}`;
  return {
    server,
    url,
    lines,
    ask: (...head: readonly string[]) => ask(server.port, head),
    /** @param more of the URL's parameters. */
    connect: (token: string, more = "", headers: Readonly<Record<string, string>> = {}) =>
      openRawLink(`${url}/socket?token=${sha256(token)}${more}`, headers),
  };
}

/** Sends a request's head as it is, and reads the answer up to the end of its body. */
async function ask(port: number, head: readonly string[]) {
  using stream = await connectTcp("127.0.0.1", port);
  await stream.write(`${head.join("\r\n")}\r\n\r\n`);
  let text = "";
  for (;;) {
    const [, answered = "", body = ""] = /^(.*?\r\n)\r\n(.*)$/s.exec(text) ?? [];
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answered)?.[1]);
    const length = Number(/^content-length: (\d+)/im.exec(answered)?.[1] ?? 0);
    if (answered !== "" && body.length >= length) return { status, head: answered, body };
    const more = await stream.read();
    if (more === undefined) return { status, head: text, body: "" };
    text += Buffer.from(more).toString("latin1");
  }
}
