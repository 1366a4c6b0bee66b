import { expect } from "bun:test";
import { type KeptConnection, keepConnected } from "../../../src/linksocks/client/connection.ts";
import type { ClientOptions } from "../../../src/linksocks/options.ts";
import { authResponseFrame } from "../../rig/linksocks-frames.ts";
import type { RawLink } from "../../rig/raw-link.ts";
import { type RawServer, startRawServer } from "../../rig/raw-server.ts";
import { until } from "../../rig/until.ts";
import { createClientOptions } from "./client-rig.ts";

const INSTANCE = "00112233-4455-6677-8899-aabbccddeeff";
const accept = (link: RawLink) => link.send(authResponseFrame());

export interface Situation {
  readonly options?: Partial<ClientOptions>;
  readonly label?: string;
  readonly greet?: (link: RawLink) => void;
  readonly redirectsTo?: string;
  readonly isStopped?: boolean;
}

/** A client's connection, and the servers' ends of all that it was. */
export interface Rig extends AsyncDisposable {
  readonly connection: KeptConnection;
  /** Of the server, for plain requests. */
  readonly url: string;
  /** `opened`, `lost`, and what messages there were. */
  readonly heard: string[];
  readonly trunks: ReadonlySet<unknown>;
  readonly lines: readonly string[];
  /** What was logged of attempts that are to come. */
  retries(): readonly string[];
  readonly links: readonly RawLink[];
  link(index: number): Promise<RawLink>;
  /** The same, once the client has taken it. */
  opened(index: number): Promise<RawLink>;
  /** Hashes of the tokens that were presented. */
  tokens(): readonly (string | null)[];
  stop(): void;
}

/** Connects to a server whose bytes a test writes. */
export function connect({
  options = {},
  label = "",
  greet = accept,
  redirectsTo,
  isStopped = false,
}: Situation = {}): Rig {
  const links: RawLink[] = [];
  const server: RawServer = startRawServer({
    onLink(link) {
      links.push(link);
      greet(link);
    },
    ...(redirectsTo === undefined
      ? {}
      : { answer: () => new Response("", { status: 302, headers: { Location: redirectsTo } }) }),
  });
  const client = createClientOptions({ url: server.url, ...options });
  const stopping = new AbortController();
  if (isStopped) stopping.abort();
  const heard: string[] = [];
  const trunks = new Set<unknown>();
  const connection = keepConnected({
    client,
    instance: INSTANCE,
    certificateAuthority: undefined,
    label,
    signal: stopping.signal,
    onMessage: (_, { type }) => void heard.push(type),
    onOpened(trunk) {
      trunks.add(trunk);
      heard.push("opened");
    },
    onLost(trunk) {
      expect(trunks).toContain(trunk);
      heard.push("lost");
    },
  });
  connection.ended.catch(() => undefined);
  return {
    connection,
    url: server.url.replace("ws:", "http:"),
    heard,
    trunks,
    lines: client.lines,
    retries: () => client.lines.filter((line) => line.startsWith("warn no connection")),
    links,
    link: (index) => until(`connection ${index}`, () => links[index]),
    opened: (index) => until(`connection ${index}`, () => (trunks.size > index ? links[index] : undefined)),
    tokens: () => server.requests.map(({ url }) => new URL(url).searchParams.get("token")),
    stop: () => stopping.abort(),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      for (const link of links) link.close();
      await server[Symbol.asyncDispose]();
      await connection.ended.catch(() => undefined);
    },
  };
}

export function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

/** A server that opens a WebSocket, accepts, and then does nothing any more. */
export function serveWithoutGoodbye() {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      data(socket, bytes) {
        const key = /^sec-websocket-key: (.*)$/im.exec(Buffer.from(bytes).toString())?.[1]?.trim();
        if (key === undefined) return;
        const answer = new Bun.CryptoHasher("sha1")
          .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
          .digest("base64");
        const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
        socket.write(`${[...head, `Sec-WebSocket-Accept: ${answer}`].join("\r\n")}\r\n\r\n`);
        socket.write(new Uint8Array([0x82, 3, ...authResponseFrame()]));
      },
    },
  });
  return {
    url: `ws://127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: async () => listener.stop(true),
  };
}
