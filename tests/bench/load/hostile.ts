// A hostile peer of one door, in a process of its own, until whoever started it ends it. Its orders are its argument.

import * as v from "valibot";
import { connectFrame, dataFrame } from "../../rig/linksocks-frames.ts";
import { openRawLink } from "../../rig/raw-link.ts";
import { ENDLESS, encodeOrder } from "../linksocks/order.ts";
import { ATTACKS, DOORS, TOKEN } from "./attack.ts";

const orders = v.parse(
  v.pipe(
    v.string(),
    v.parseJson(),
    v.object({ attack: v.picklist(ATTACKS), door: v.picklist(DOORS), port: v.number(), target: v.number() }),
  ),
  process.argv[2],
);
const { attack, door, port, target } = orders;

/** A port on which nothing listens. */
const CLOSED_PORT = 1;
const FLOODERS = 20;
const SILENT = 1_000;
const TRICKLERS = 100;
const SLOW = 50;
const BLOCK_BYTES = 64 * 1024;
/** Requests that are written at once. */
const AT_ONCE = 200;

const LETTERS = Buffer.alloc(BLOCK_BYTES, "x");
const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
].join("\r\n");

process.on("disconnect", () => process.exit(0));
if (attack === "cheap requests") await flood();
else if (attack === "silent crowd") keep(SILENT, {});
else if (attack === "one-byte packets") trickle();
else if (attack === "oversized frames") keep(FLOODERS, { first: oversizedHead(), endless: LETTERS });
else await readSlowly();
process.send?.("at it");

async function flood(): Promise<void> {
  if (door !== "link") return keep(FLOODERS, { first: cheapRequests(), endless: cheapRequests() });
  const link = await openRawLink(await linkUrl());
  let number = 0;
  setInterval(() => {
    if (link.waiting() > BLOCK_BYTES) return;
    for (let count = 0; count < AT_ONCE; count += 1) {
      number += 1;
      link.send(connectFrame(channel(number), "127.0.0.1", CLOSED_PORT));
    }
  }, 1);
}

/** Many requests in packets of one byte, as fast as they go. */
function trickle(): void {
  const first =
    door === "socks" ? Buffer.concat([socksRequest(target), encodeOrder({ kind: "take", bytes: 0 })]) : undefined;
  const sockets = new Set<Bun.Socket<undefined>>();
  keep(TRICKLERS, { ...(first === undefined ? {} : { first }) }, sockets);
  const head = Buffer.from(door === "line" ? "x" : "GET / HTTP/1.1\r\nX-Long: x");
  let at = 0;
  const step = () => {
    const byte = head.subarray(Math.min(at, head.length - 1), Math.min(at, head.length - 1) + 1);
    at += 1;
    for (const socket of sockets) socket.write(byte);
    setImmediate(step);
  };
  step();
}

/** Asks for much, and reads nothing. */
async function readSlowly(): Promise<void> {
  if (door !== "link")
    return keep(SLOW, {
      first: askForMuch(),
      endless: door === "line" || door === "control" ? cheapRequests() : undefined,
      isDeaf: true,
    });
  const socket = new WebSocket(await linkUrl());
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  for (let number = 0; number < SLOW; number += 1) {
    socket.send(connectFrame(channel(number), "127.0.0.1", target));
    socket.send(dataFrame(channel(number), encodeOrder({ kind: "zeros", bytes: ENDLESS })));
  }
  socket.pause();
}

interface Behaviour {
  readonly first?: Uint8Array;
  /** Again and again, as far as it is taken. */
  readonly endless?: Uint8Array | undefined;
  readonly isDeaf?: boolean;
}

/** So many connections, and another one for each that is closed. */
function keep(
  count: number,
  { first, endless, isDeaf = false }: Behaviour,
  sockets = new Set<Bun.Socket<undefined>>(),
): void {
  for (let number = 0; number < count; number += 1) join();

  function join(): void {
    Bun.connect<undefined>({
      hostname: "127.0.0.1",
      port,
      socket: {
        open(socket) {
          socket.setNoDelay(true);
          if (isDeaf) socket.pause();
          sockets.add(socket);
          if (first !== undefined) socket.write(first);
          pour(socket);
        },
        data() {},
        drain: pour,
        close(socket) {
          sockets.delete(socket);
          joinSoon();
        },
        error() {},
      },
    }).catch(joinSoon);
  }

  function joinSoon(): void {
    setTimeout(join, 1);
  }

  function pour(socket: Bun.Socket<undefined>): void {
    if (endless === undefined) return;
    while (socket.write(endless) === endless.length);
  }
}

function cheapRequests(): Buffer {
  if (door === "socks") return socksRequest(CLOSED_PORT);
  const one = door === "line" ? "state:\n" : "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  return Buffer.from(one.repeat(AT_ONCE));
}

function oversizedHead(): Buffer {
  if (door === "socks") return Buffer.from([5, 255]);
  if (door === "line") return Buffer.from("x");
  if (door === "control")
    return Buffer.from("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
  // A frame of 31 MiB, RFC 6455 section 5.2.
  const frame = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 1, 0xf0, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([upgradeRequest(door === "link" ? "/socket" : "/"), frame]);
}

function askForMuch(): Buffer {
  if (door === "socks") return Buffer.concat([socksRequest(target), encodeOrder({ kind: "zeros", bytes: ENDLESS })]);
  return door === "stream" ? upgradeRequest("/?snapshot=1") : cheapRequests();
}

function upgradeRequest(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n${UPGRADE}\r\n\r\n`);
}

/** Greeting and CONNECT to a port of 127.0.0.1; RFC 1928. */
function socksRequest(to: number): Buffer {
  return Buffer.from([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, to >> 8, to & 255]);
}

/** Of a client that the server lets in. */
async function linkUrl(): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256").update(TOKEN).digest("hex");
  return `ws://127.0.0.1:${port}/socket?token=${hash}&reverse=false`;
}

function channel(number: number): Buffer {
  const id = Buffer.alloc(16);
  id.writeUInt32BE(number, 12);
  return id;
}
