import { createHash } from "node:crypto";
import { createConnection } from "node:net";
import type { LinksocksPeer } from "./linksocks-peer.ts";
import { PATIENCE_MS } from "./until.ts";

export interface UpgradeRequest {
  /** The address that it comes from. */
  readonly from?: string;
  /** Whole lines. */
  readonly headers?: readonly string[];
}

/** Asks a server for a WebSocket with a forward token in the URL. @returns the head of its answer. */
export function askUpgrade(
  server: LinksocksPeer,
  token: string,
  { from = "127.0.0.1", headers = [] }: UpgradeRequest = {},
): Promise<string> {
  const hash = createHash("sha256").update(token).digest("hex");
  const { hostname, port } = new URL(server.url);
  const head = [
    `GET /socket?reverse=false&token=${hash} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
    "\r\n",
  ];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = createConnection({ host: hostname, port: Number(port), localAddress: from });
  let read = "";
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error("no answer came")));
  socket.on("connect", () => socket.write(head.join("\r\n")));
  socket.on("data", (bytes) => {
    read += bytes.toString("latin1");
    const end = read.indexOf("\r\n\r\n");
    if (end < 0) return;
    resolve(read.slice(0, end + 2));
    socket.destroy();
  });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("closed without an answer")));
  return promise;
}

/** @returns the status alone. */
export async function askUpgradeStatus(...request: Parameters<typeof askUpgrade>): Promise<number> {
  return Number((await askUpgrade(...request)).split(" ")[1]);
}
