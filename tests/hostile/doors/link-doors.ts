import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { attemptOr } from "../../../src/platform/failure.ts";
import { makeFrame, OPCODE, UPGRADE } from "../../api/stream/raw-client.ts";
import { authFrame, authResponseFrame, connectFrame, dataFrame, partnersFrame } from "../../rig/linksocks-frames.ts";
import { bytes, type Door, say } from "../door.ts";
import { CHANNEL, LINK_SAYINGS } from "../link-sayings.ts";
import { connectPeer, createPeer, type Peer } from "../peer.ts";
import { createPool } from "../pool.ts";

/** A LinkSocks server of ours, to a client that has its token. @param echo a port that it may be asked for. */
export function linkServerDoor(port: number, token: string, echo: number): Door {
  const head = [`Host: localhost:${port}`, ...UPGRADE, "\r\n"].join("\r\n");
  const asClient = (message: Uint8Array) => makeFrame(OPCODE.binary, message);
  return {
    name: "a LinkSocks server",
    crowd: 32,
    visit: async () => ({
      peer: await connectPeer(port),
      steps: [
        bytes(`GET /socket HTTP/1.1\r\n${head}`),
        asClient(authFrame(token, false)),
        asClient(connectFrame(CHANNEL, "127.0.0.1", echo)),
        asClient(dataFrame(CHANNEL, "hello")),
      ],
    }),
    sayings: [
      say(0, `GET /socket?token=@ HTTP/1.1\r\n${head}`),
      say(0, `GET /api/@ HTTP/1.1\r\nX-API-Key: @\r\n${head}`),
      ...LINK_SAYINGS.slice(0, 2).map((make) => ({ after: 1, make: (words: Uint8Array) => asClient(make(words)) })),
      ...LINK_SAYINGS.map((make) => ({ after: 3, make: (words: Uint8Array) => asClient(make(words)) })),
    ],
    endless: [
      { after: 0, head: bytes("GET /socket?token=") },
      ...[1, 3].flatMap((after) => ENDLESS_FRAMES.map((frame) => ({ after, head: Buffer.from(frame, "hex") }))),
    ],
  };
}

/** Heads of frames of 2^40 and of 31 MiB, RFC 6455 section 5.2, masked with zeros. */
const ENDLESS_FRAMES = ["82ff000001000000000000000000", "82ff0000000001f0000000000000"];
/** Without a mask. */
const ENDLESS_ANSWERS = ["827f0000010000000000", "827f0000000001f00000", "017f0000000001f00000"];

/** The SOCKS port of a LinkSocks tunnel. @param echo a port that it may be asked for. */
export function socksDoor(port: number, echo: number): Door {
  return {
    name: "the SOCKS port of a LinkSocks tunnel",
    crowd: 64,
    visit: async () => ({
      peer: await connectPeer(port),
      steps: [Buffer.from([5, 1, 0]), Buffer.from([5, 1, 0, 1, 127, 0, 0, 1, echo >> 8, echo & 255]), bytes("hello")],
    }),
    sayings: [
      { after: 0, make: (words) => Buffer.concat([Buffer.from([5, words.length & 255]), words]) },
      ...[1, 2, 3].map((command) => ({ after: 1, make: (words: Uint8Array) => askFor(command, words) })),
      { after: 0, make: (words) => words },
      { after: 2, make: (words) => words },
      say(0, "GET http://@/ HTTP/1.1\r\nHost: @\r\n\r\n"),
      say(0, "CONNECT @:443 HTTP/1.1\r\n\r\n"),
      say(0, "\x04\x01\x00\x50\x00\x00\x00\x01@\x00"),
    ],
    endless: [
      { after: 0, head: bytes("GET /") },
      { after: 0, head: Buffer.from([4, 1, 0, 80, 0, 0, 0, 1]) },
      { after: 1, head: Buffer.from([5, 1, 0, 3, 255]) },
      { after: 2, head: bytes("") },
    ],
  };
}

/** The same port, to a client of HTTP. @param echo a port that it may be asked for. */
export function httpProxyDoor(port: number, echo: number): Door {
  const authority = `127.0.0.1:${echo}`;
  const post = `POST http://${authority}/ HTTP/1.1\r\nHost: ${authority}\r\n`;
  return {
    name: "the HTTP proxy of a LinkSocks tunnel",
    crowd: 64,
    visit: async () => ({
      peer: await connectPeer(port),
      // The echo's answer is the request, which is no response.
      steps: [bytes(`${post}Transfer-Encoding: chunked\r\n\r\n`), bytes("5\r\nhello\r\n"), bytes("0\r\n\r\n")],
    }),
    sayings: [
      say(0, "@ http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"),
      say(0, "GET http://a.example/@ HTTP/1.1\r\nHost: a.example\r\n\r\n"),
      say(0, "GET http://a.example/ HTTP/1.1\r\nHost: @\r\n\r\n"),
      say(0, `${post}X: @\r\n\r\n`),
      say(0, `${post}Content-Length: @\r\n\r\n`),
      say(0, "CONNECT @ HTTP/1.1\r\nHost: @\r\n\r\n"),
      say(0, "CONNECT a.example:1 HTTP/1.1\r\nHost: a\r\nProxy-Authorization: Basic @\r\n\r\n"),
      say(1, "@\r\n"),
      say(1, "0\r\n@: x\r\n\r\n"),
    ],
    endless: [
      { after: 0, head: bytes("GET http://a.example/") },
      { after: 0, head: bytes(`${post}X: `) },
      { after: 1, head: bytes("5;") },
      { after: 1, head: bytes("fffffffffff\r\n") },
      { after: 1, head: bytes("0\r\nX: ") },
    ],
  };
}

function askFor(command: number, words: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([5, command, 0, 3, words.length & 255]), words, Buffer.from([0, 80])]);
}

/** The UDP associations of a LinkSocks tunnel: what is sent is a datagram. @param echo a UDP port that may be asked for. */
export function udpDoor(port: number, echo: number): Door {
  const to = (host: Uint8Array, rest: Uint8Array) =>
    Buffer.concat([Buffer.from([0, 0, 0, 3, host.length & 255]), host, Buffer.from([echo >> 8, echo & 255]), rest]);
  return {
    name: "a UDP association of a LinkSocks tunnel",
    crowd: 16,
    visit: async () => ({
      peer: await associate(port),
      steps: [to(bytes("127.0.0.1"), bytes("hello")), to(bytes("localhost"), bytes("hello"))],
    }),
    sayings: [
      { after: 1, make: (words) => to(words, bytes("hello")) },
      { after: 1, make: (words) => to(bytes("127.0.0.1"), words) },
      { after: 0, make: (words) => words },
      { after: 0, make: (words) => Buffer.concat([Buffer.from([0, 0, 1]), words]) },
    ],
    endless: [{ after: 1, head: Buffer.from([0, 0, 0, 1]) }],
  };
}

/** More does no datagram hold. */
const DATAGRAM_BYTES = 60_000;

async function associate(port: number): Promise<Peer> {
  const socket = connect(port, "127.0.0.1");
  const control = createPeer(socket);
  await once(socket, "connect");
  const relay = Promise.withResolvers<number>();
  let read = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    read = Buffer.concat([read, chunk]);
    if (read.length >= 12) relay.resolve(read.readUInt16BE(10));
  });
  socket.on("close", () => relay.reject(new Error("there is no association")));
  socket.write(Buffer.from([5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0]));
  const to = await relay.promise;
  const udp = await Bun.udpSocket({
    connect: { hostname: "127.0.0.1", port: to },
    socket: { data: () => undefined, error: () => undefined },
  });
  return {
    ...control,
    async send(message, signal) {
      for (let at = 0; at < message.length && !signal.aborted; at += DATAGRAM_BYTES) {
        if (socket.destroyed) return false;
        attemptOr(false, () => udp.send(message.subarray(at, at + DATAGRAM_BYTES)));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return !signal.aborted && !socket.destroyed;
    },
    [Symbol.dispose]() {
      udp.close();
      socket.destroy();
    },
  };
}

/**
 * A LinkSocks tunnel, or provider, that has dialled a hostile server.
 * @param ports where those servers listen, each for a tunnel of its own.
 * @param dial has the tunnel whose server listens on this port dial anew.
 */
export function linkClientDoor(
  name: string,
  ports: readonly number[],
  dial: (port: number) => Promise<void>,
  echo: number,
): Door & Disposable {
  const servers = ports.map((port) => startHostileServer(port, dial));
  const pool = createPool(servers, async (server) => {
    const { peer, accept } = await server.visit();
    return {
      ...peer,
      steps: [
        bytes(`${SWITCHING}Sec-WebSocket-Accept: ${accept}\r\n\r\n`),
        ...ANSWERS,
        asServer(connectFrame(CHANNEL, "127.0.0.1", echo)),
      ],
    };
  });
  return {
    name,
    ...pool,
    sayings: [
      say(0, "HTTP/1.1 @\r\n\r\n"),
      say(0, "HTTP/1.1 302 Found\r\nLocation: @\r\n\r\n"),
      say(0, "HTTP/1.1 101 Switching Protocols\r\nX-Words: @\r\n\r\n"),
      ...LINK_SAYINGS.slice(1, 3).map((make) => ({ after: 1, make: (words: Uint8Array) => asServer(make(words)) })),
      ...LINK_SAYINGS.map((make) => ({ after: 4, make: (words: Uint8Array) => asServer(make(words)) })),
      { after: 2, make: (words) => asServer(Buffer.concat([Buffer.from([3, 232]), words]), OPCODE.close) },
    ],
    endless: [
      { after: 0, head: bytes("HTTP/1.1 101 Switching Protocols\r\nX-Words: ") },
      { after: 0, head: bytes("HTTP/1.1 403 Forbidden\r\n\r\n") },
      ...[1, 4].flatMap((after) => ENDLESS_ANSWERS.map((frame) => ({ after, head: Buffer.from(frame, "hex") }))),
    ],
    [Symbol.dispose]() {
      for (const server of servers) server.close();
    },
  };
}

const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
const ANSWERS = [asServer(authResponseFrame()), asServer(partnersFrame(1))];

function asServer(message: Uint8Array, opcode: number = OPCODE.binary): Buffer {
  return makeFrame(opcode, message, { isMasked: false });
}

function startHostileServer(port: number, dial: (port: number) => Promise<void>) {
  let hear: ((dialled: { readonly socket: Socket; readonly head: string }) => void) | undefined;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    let head = "";
    socket.on("data", (chunk: Buffer) => {
      head += String(chunk);
      if (!head.includes("\r\n\r\n")) return;
      socket.removeAllListeners("data");
      if (hear === undefined) socket.destroy();
      else hear({ socket, head });
      hear = undefined;
    });
  }).listen(port, "127.0.0.1");
  return {
    async visit() {
      for (;;) {
        const dialled = new Promise<{ readonly socket: Socket; readonly head: string }>((resolve) => {
          hear = resolve;
        });
        await dial(port);
        const { socket, head } = await dialled;
        // It may have been a former attempt, which was given up.
        if (socket.destroyed) continue;
        const key = /^sec-websocket-key: (.*)$/im.exec(head)?.[1]?.trim() ?? "";
        const accept = new Bun.CryptoHasher("sha1").update(`${key}${MAGIC}`).digest("base64");
        return { peer: createPeer(socket), accept };
      }
    },
    close: () => void server.close(),
  };
}

/** RFC 6455 section 1.3. */
const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
