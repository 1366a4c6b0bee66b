import { readClock } from "./clock.ts";

/** Bare JSON in WebSocket frames, or the packets of Engine.IO 4 and Socket.IO 5 in them. */
export type Dialect = "plain" | "socket.io";

/** A client that does as little as it can: it counts events, and looks into those that it is to time. */
export interface Listener {
  readonly events: () => number;
  /** The code that it was closed with; undefined while it is open. */
  readonly closeCode: () => number | undefined;
  pause(): void;
  resume(): void;
  close(): void;
}

/** What opcodes of RFC 6455 section 5.2 are met here. */
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const NOTHING = Buffer.alloc(0);
const STAMP = Buffer.from('"last":');
const STAMP_DIGITS = 16;
/** Closed without a close frame; RFC 6455 section 7.4.1. */
const ABNORMAL = 1006;
const [BRACE, ZERO, TWO, FOUR] = Buffer.from("{024");

/**
 * Opens a WebSocket to a port of the loopback interface; resolves once events would reach it.
 * @param onTime where events are to be timed: told when each was published, and received, in microseconds.
 * @throws where it is refused.
 */
export async function openListener(
  port: number,
  dialect: Dialect,
  onTime: ((published: number, received: number) => void) | undefined,
): Promise<Listener> {
  let events = 0;
  let closeCode: number | undefined;
  let rest = NOTHING;
  let isUpgraded = false;
  const ready = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, bytes) => hear(bytes),
      close() {
        closeCode ??= ABNORMAL;
        ready.reject(new Error("a listener was refused"));
      },
    },
  });
  const path = dialect === "plain" ? "/" : "/socket.io/?EIO=4&transport=websocket";
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await ready.promise;
  return {
    events: () => events,
    closeCode: () => closeCode,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => void socket.terminate(),
  };

  function hear(chunk: Buffer): void {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = isUpgraded ? 0 : upgrade(bytes);
    const now = onTime === undefined ? 0 : readClock();
    while (isUpgraded && bytes.length - at >= 2) {
      const short = (bytes[at + 1] ?? 0) & 127;
      const payload = at + (short < 126 ? 2 : 4);
      if (payload > bytes.length) break;
      const end = payload + (short < 126 ? short : bytes.readUInt16BE(at + 2));
      if (end > bytes.length) break;
      take((bytes[at] ?? 0) & 15, bytes, payload, end, now);
      at = end;
    }
    rest = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
  }

  /** @returns where the frames begin. */
  function upgrade(bytes: Buffer): number {
    const end = bytes.indexOf("\r\n\r\n");
    if (end === -1) return 0;
    isUpgraded = bytes.toString("latin1", 0, end).startsWith("HTTP/1.1 101 ");
    if (!isUpgraded) socket.terminate();
    else if (dialect === "plain") ready.resolve();
    return end + 4;
  }

  function take(opcode: number, bytes: Buffer, from: number, to: number, now: number): void {
    const [first, second] = [bytes[from], bytes[from + 1]];
    if (opcode === TEXT && (first === BRACE || (first === FOUR && second === TWO))) {
      events += 1;
      if (onTime !== undefined) time(onTime, bytes, from, now);
    } else if (opcode === TEXT) answer(first, second);
    else if (opcode === PING) say(PONG, bytes.subarray(from, to));
    else if (opcode === CLOSE) closeCode = bytes.readUInt16BE(from);
  }

  /** Engine.IO opens with 0 and pings with 2; Socket.IO welcomes with 40. */
  function answer(first: number | undefined, second: number | undefined): void {
    if (first === ZERO) say(TEXT, Buffer.from("40"));
    else if (first === TWO) say(TEXT, Buffer.from("3"));
    else if (first === FOUR && second === ZERO) ready.resolve();
  }

  /** Masked, as a client has to, with zeros. */
  function say(opcode: number, payload: Uint8Array): void {
    socket.write(Buffer.concat([Buffer.from([128 | opcode, 128 | payload.length, 0, 0, 0, 0]), payload]));
  }
}

function time(tell: (published: number, received: number) => void, bytes: Buffer, from: number, now: number): void {
  const at = bytes.indexOf(STAMP, from) + STAMP.length;
  tell(Number(bytes.toString("latin1", at, at + STAMP_DIGITS)), now);
}
