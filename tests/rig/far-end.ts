import * as v from "valibot";
import { freePort } from "./free-port.ts";
import { generateKeys } from "./keys.ts";
import { PEER } from "./programs.ts";

const readySchema = v.object({
  listen: v.string(),
  publicKey: v.string(),
  address: v.string(),
  peers: v.array(v.object({ publicKey: v.string(), address: v.string(), address6: v.string() })),
});

/** A WireGuard far end on this machine, and configs that reach it. */
export interface FarEnd {
  /** Inside the tunnel this address, with any port, is this machine. */
  readonly address: string;
  /** Where it listens for WireGuard, `host:port`. */
  readonly endpoint: string;
  readonly publicKey: string;
  /** The last client's, which alone has one. */
  readonly presharedKey: string;
  /** A config for one client, by default without a relay and with a free SOCKS port. */
  config(options?: ConfigOptions): ClientConfig;
  /** What a config of one client consists of. */
  client(number: number): { readonly privateKey: string; readonly address: string; readonly address6: string };
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ConfigOptions {
  /** Its number, 0 to 5. */
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
  const clients = Array.from({ length: 6 }, generateKeys);
  const presharedKey = generateKeys().privateKey;
  const peer = Bun.spawn(
    [
      PEER,
      "exit",
      "-listen",
      `${host}:0`,
      "-private",
      own.privateKey,
      "-peer",
      `${clients.map(({ publicKey }) => publicKey).join(",")}:${presharedKey}`,
      "-until-stdin-closes",
    ],
    { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  const ready = v.parse(v.pipe(v.string(), v.parseJson(), readySchema), await readLine(peer.stdout));

  return {
    address: ready.address,
    endpoint: ready.listen,
    publicKey: ready.publicKey,
    presharedKey,
    client,
    config({ client: number = 0, socksPort = freePort(), endpoint = ready.listen, peer: more = "", extra = "" } = {}) {
      const { privateKey, address } = client(number);
      const text = `[Interface]
PrivateKey = ${privateKey}
Address = ${address}/32
DNS = ${ready.address}

[Peer]
PublicKey = ${ready.publicKey}
Endpoint = ${endpoint}
${more}
[Socks5]
BindAddress = 127.0.0.1:${socksPort}
${extra}`;
      return { text, socksPort, privateKey };
    },
    async [Symbol.asyncDispose]() {
      peer.stdin.end();
      await peer.exited;
    },
  };

  function client(number: number) {
    const [keys, peer] = [clients[number], ready.peers[number]];
    if (keys === undefined || peer === undefined) throw new Error(`there is no client ${number}`);
    return { privateKey: keys.privateKey, address: peer.address, address6: peer.address6 };
  }
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
