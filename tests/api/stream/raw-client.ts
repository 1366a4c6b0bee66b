import type { NumberedEvent } from "../../../src/events/event.ts";
import { until } from "../../rig/until.ts";

// A WebSocket client that writes whatever bytes a test wants, and reads frames by itself; RFC 6455 section 5.2.

export interface RawFrame {
  readonly isFinal: boolean;
  readonly reserved: number;
  readonly opcode: number;
  readonly isMasked: boolean;
  readonly payload: Buffer;
}

export interface RawClient extends Disposable {
  /** The head of the answer to the handshake. */
  readonly head: string;
  readonly status: number;
  write(...chunks: readonly Uint8Array[]): void;
  /** All whole frames so far. */
  frames(): readonly RawFrame[];
  /** Resolves with the first frame of this kind. */
  frame(opcode: number): Promise<RawFrame>;
  /** The code of the close frame, after which the server has closed the connection. */
  closeCode(): Promise<number | undefined>;
  isClosed(): boolean;
  /** Stops and goes on reading. */
  pause(): void;
  resume(): void;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Handshake {
  readonly target?: string;
  readonly hostname?: string;
  readonly host?: string;
  readonly method?: string;
  /** In place of the WebSocket's own. */
  readonly upgrade?: readonly string[];
  readonly headers?: readonly string[];
}

export const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** Sends a handshake, and resolves with the answer, whatever it is. */
export async function openRaw(
  port: number,
  {
    target = "/",
    hostname = "127.0.0.1",
    host = `localhost:${port}`,
    method = "GET",
    upgrade = UPGRADE,
    headers = [],
  }: Handshake = {},
): Promise<RawClient> {
  let chunks: Buffer[] = [];
  let isClosed = false;
  const socket = await Bun.connect({
    hostname,
    port,
    socket: {
      data: (_, bytes) => void chunks.push(Buffer.from(bytes)),
      close() {
        isClosed = true;
      },
    },
  });
  socket.write([`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...upgrade, ...headers, "\r\n"].join("\r\n"));
  const end = await until("the answer to the handshake", () => {
    const at = Buffer.concat(chunks).indexOf("\r\n\r\n");
    return at < 0 ? undefined : at + 4;
  });
  const all = Buffer.concat(chunks);
  const head = all.toString("latin1", 0, end);
  chunks = [all.subarray(end)];

  const client: RawClient = {
    head,
    status: Number(head.split(" ")[1]),
    write(...parts) {
      for (const part of parts) socket.write(part);
    },
    frames() {
      const bytes = Buffer.concat(chunks);
      chunks = [bytes];
      return readFrames(bytes);
    },
    frame: (opcode) => until(`a frame ${opcode}`, () => client.frames().find((frame) => frame.opcode === opcode)),
    async closeCode() {
      await until("the connection's end", () => isClosed);
      const payload = client.frames().find((frame) => frame.opcode === OPCODE.close)?.payload;
      return payload === undefined || payload.length < 2 ? undefined : payload.readUInt16BE();
    },
    isClosed: () => isClosed,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    [Symbol.dispose]: () => socket.terminate(),
  };
  return client;
}

export interface FrameShape {
  readonly isFinal?: boolean;
  /** The three reserved bits, 4 being RSV1. */
  readonly reserved?: number;
  readonly isMasked?: boolean;
}

/** A frame as a client writes it. */
export function makeFrame(opcode: number, body: Uint8Array | string = "", shape: FrameShape = {}): Buffer {
  const { isFinal = true, reserved = 0, isMasked = true } = shape;
  const payload = Buffer.from(body);
  const key = Buffer.from(isMasked ? [1, 2, 3, 4] : []);
  const masked = isMasked ? payload.map((byte, index) => byte ^ (key[index % 4] ?? 0)) : payload;
  const head = [(isFinal ? 128 : 0) | (reserved << 4) | opcode];
  return Buffer.concat([Buffer.from(head), makeLength(payload.length, isMasked ? 128 : 0), key, masked]);
}

function makeLength(length: number, mask: number): Buffer {
  if (length < 126) return Buffer.from([mask | length]);
  const long = Buffer.alloc(length < 65_536 ? 3 : 9);
  long[0] = mask | (length < 65_536 ? 126 : 127);
  if (length < 65_536) long.writeUInt16BE(length, 1);
  else long.writeBigUInt64BE(BigInt(length), 1);
  return long;
}

/** The events among what it has read. */
export function readEvents(client: RawClient): readonly NumberedEvent[] {
  const texts = client.frames().filter(({ opcode }) => opcode === OPCODE.text);
  return texts.map(({ payload }) => JSON.parse(String(payload)));
}

function readFrames(bytes: Buffer): readonly RawFrame[] {
  const frames: RawFrame[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const first = bytes.readUInt8(at);
    const second = bytes.readUInt8(at + 1);
    const short = second & 127;
    const start = at + (short === 127 ? 10 : short === 126 ? 4 : 2);
    if (start > bytes.length) break;
    const length =
      short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short === 126 ? bytes.readUInt16BE(at + 2) : short;
    if (start + length > bytes.length) break;
    const payload = bytes.subarray(start, start + length);
    frames.push({
      isFinal: first > 127,
      reserved: (first >> 4) & 7,
      opcode: first & 15,
      isMasked: second > 127,
      payload,
    });
    at = start + length;
  }
  return frames;
}
