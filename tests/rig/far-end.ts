import * as v from "valibot";
import { freePort } from "./free-port.ts";
import { generateKeys } from "./keys.ts";
import { PEER } from "./programs.ts";

const readySchema = v.object({
  listen: v.string(),
  publicKey: v.string(),
  address: v.string(),
  peers: v.array(v.object({ publicKey: v.string(), address: v.string() })),
});

/** A WireGuard far end on this machine, and configs that reach it. */
export interface FarEnd {
  /** Inside the tunnel this address, with any port, is this machine. */
  readonly address: string;
  /** Where it listens for WireGuard, `host:port`. */
  readonly endpoint: string;
  /** A config for one client, by default without a relay and with a free SOCKS port. */
  config(options?: ConfigOptions): ClientConfig;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ConfigOptions {
  /** Its number, 0 to 4. */
  readonly client?: number;
  readonly socksPort?: number;
  /** The relay on the way, `host:port`. */
  readonly endpoint?: string;
  /** Lines at the end of `[Peer]`. */
  readonly peer?: string;
  /** Lines at the end. */
  readonly extra?: string;
}

export interface ClientConfig {
  readonly text: string;
  readonly socksPort: number;
  readonly privateKey: string;
}

/** @param host loopback address to listen on. */
export async function startFarEnd(host = "127.0.0.1"): Promise<FarEnd> {
  const own = generateKeys();
  const clients = Array.from({ length: 5 }, generateKeys);
  const peer = Bun.spawn(
    [
      PEER,
      "exit",
      "-listen",
      `${host}:0`,
      "-private",
      own.privateKey,
      "-peer",
      clients.map((client) => client.publicKey).join(","),
      "-until-stdin-closes",
    ],
    { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  const ready = v.parse(v.pipe(v.string(), v.parseJson(), readySchema), await readLine(peer.stdout));

  return {
    address: ready.address,
    endpoint: ready.listen,
    config({ client = 0, socksPort = freePort(), endpoint = ready.listen, peer: more = "", extra = "" } = {}) {
      const keys = clients[client];
      const address = ready.peers[client]?.address;
      if (keys === undefined || address === undefined) throw new Error(`there is no client ${client}`);
      const text = `[Interface]
PrivateKey = ${keys.privateKey}
Address = ${address}/32
DNS = ${ready.address}

[Peer]
PublicKey = ${ready.publicKey}
Endpoint = ${endpoint}
${more}
[Socks5]
BindAddress = 127.0.0.1:${socksPort}
${extra}`;
      return { text, socksPort, privateKey: keys.privateKey };
    },
    async [Symbol.asyncDispose]() {
      peer.stdin.end();
      await peer.exited;
    },
  };
}

async function readLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
  }
  throw new Error(`the far end ended without a word: ${text}`);
}
