import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { generateKeys } from "../../rig/keys.ts";
import { bytes, type Door, say } from "../door.ts";
import { createPeer } from "../peer.ts";
import { createPool } from "../pool.ts";

/** Has hostile children speak. The environment that a daemon needs to start them goes with it. */
export interface HostileChildren extends Disposable {
  readonly environment: Readonly<Record<string, string>>;
  config(socksPort: number): string;
  /** Has the child on this SOCKS port give a page for its counters, anew with each look. */
  tell(socksPort: number, page: () => string): void;
  /** Has the child on this SOCKS port write a line into its log. */
  say(socksPort: number, line: string): void;
  /** A child's log. @param restart has the child on this SOCKS port started anew. */
  logDoor(ports: readonly number[], restart: (port: number) => Promise<void>): Door;
  /** A child's answers at its info port. */
  infoDoor(ports: readonly number[], restart: (port: number) => Promise<void>): Door;
}

/** @param folder for the program. */
export function startHostileChildren(folder: string): HostileChildren {
  const hears = new Map<string, (socket: Socket) => void>();
  const pages = new Map<string, () => string>();
  const logs = new Map<string, Socket>();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (chunk: Buffer) => {
      const [who = ""] = String(chunk).split("\n");
      const hear = hears.get(who);
      hears.delete(who);
      // What it says else is not asked for.
      const page = pages.get(who);
      if (who.startsWith("log")) logs.set(who, socket);
      if (hear !== undefined) hear(socket);
      else if (page !== undefined) socket.end(`HTTP/1.0 200 OK\r\n\r\n${page()}`);
      else if (who.startsWith("info")) socket.destroy();
    });
  }).listen(0, "127.0.0.1");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const program = join(folder, "wireproxy");
  writeFileSync(
    program,
    `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dir, "../hostile-child.ts")}' "$@"\n`,
  );
  chmodSync(program, 0o700);

  return {
    environment: { WPDAEMON_WIREPROXY: program, HOSTILE_CHILD: String(port) },
    config(socksPort) {
      const [own, other] = [generateKeys(), generateKeys()];
      return `[Interface]
PrivateKey = ${own.privateKey}
Address = 10.0.0.2/32
DNS = 10.0.0.1
[Peer]
PublicKey = ${other.publicKey}
Endpoint = 127.0.0.1:9
[Socks5]
BindAddress = 127.0.0.1:${socksPort}
`;
    },
    tell: (socksPort, page) => void pages.set(`info ${socksPort}`, page),
    say: (socksPort, line) => void logs.get(`log ${socksPort}`)?.write(`${line}\n`),
    logDoor: (ports, restart) => ({
      name: "a child's log",
      ...createPool(ports, (socks) => hearFrom(`log ${socks}`, socks, restart), LOG_STEPS),
      sayings: [
        say(0, "@\n"),
        say(1, "2026/01/01 00:00:00 Resolving address for @\n"),
        say(1, "ERROR: 2026/01/01 00:00:00 peer(AbCd…WxYz) - Failed to send data packets: @\n"),
        say(1, "DEBUG: 2026/01/01 00:00:00 peer(@) - Received handshake response\n"),
        say(1, "ERROR: 2026/01/01 00:00:00 Failed to ping ::1: @\n"),
      ],
      endless: [
        { after: 0, head: bytes("") },
        { after: 1, head: bytes("2026/01/01 00:00:00 Resolving address for ") },
      ],
    }),
    infoDoor: (ports, restart) => ({
      name: "a child's info port",
      ...createPool(ports, (socks) => hearFrom(`info ${socks}`, socks, restart), INFO_STEPS),
      sayings: [
        say(0, "HTTP/1.0 @\r\n\r\n"),
        say(1, "X-Words: @\r\n"),
        say(2, "public_key=@\n"),
        say(2, `${PEER.replace("tx_bytes=1", "tx_bytes=@")}\n`),
        say(2, `${PEER}endpoint=@\n`),
        say(2, `${PEER}allowed_ip=@\n`),
      ],
      endless: [
        { after: 0, head: bytes("HTTP/1.0 200 OK\r\nX-Words: ") },
        { after: 2, head: bytes("allowed_ip=") },
      ],
    }),
    [Symbol.dispose]: () => void server.close(),
  };

  async function hearFrom(who: string, socks: number, restart: (port: number) => Promise<void>) {
    const heard = new Promise<Socket>((resolve) => hears.set(who, resolve));
    await restart(socks);
    return createPeer(await heard);
  }
}

const LOG_STEPS = [
  bytes("DEBUG: 2026/01/01 00:00:00 peer(AbCd) - Received handshake response\n"),
  bytes("2026/01/01 00:00:00 Resolving address for example.com\n"),
];

const PEER = `public_key=${"ab".repeat(32)}
last_handshake_time_sec=1
last_handshake_time_nsec=1
tx_bytes=1
rx_bytes=1
persistent_keepalive_interval=0
`;

const INFO_STEPS = [bytes("HTTP/1.0 200 OK\r\n"), bytes("\r\n"), bytes(PEER)];
