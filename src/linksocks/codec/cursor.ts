import type { ChannelId } from "./message.ts";
import { UUID_BYTES, WINDOW_MARK } from "./wire-format.ts";

/** Reads a message from front to back; it never leaves the bytes it was given. */
export interface Cursor {
  /** Bytes that are not read yet. */
  readonly left: number;
  /** The next byte. @throws ShortMessage */
  byte(): number;
  /** Two bytes, big-endian. @throws ShortMessage */
  u16(): number;
  /** Four bytes, big-endian. @throws ShortMessage */
  u32(): number;
  /** @throws ShortMessage */
  uuid(): ChannelId;
  /** A length byte and as many bytes of UTF-8. @throws ShortMessage */
  text(): string;
  /** The next `count` bytes, not copied. @throws ShortMessage */
  bytes(count: number): Buffer;
  /** The window of a peer that keeps windows, where the rest of the message begins with its mark. */
  window(): number | undefined;
}

/** The message ends before it should. It never leaves the codec. */
export class ShortMessage extends Error {}

export function createCursor(message: Buffer, start: number): Cursor {
  let at = start;
  return {
    get left() {
      return message.length - at;
    },
    byte: () => message.readUInt8(take(1)),
    u16: () => message.readUInt16BE(take(2)),
    u32: () => message.readUInt32BE(take(4)),
    uuid: () => readUuid(message, take(UUID_BYTES)),
    text() {
      const length = message.readUInt8(take(1));
      const from = take(length);
      return message.toString("utf8", from, from + length);
    },
    bytes(count) {
      const from = take(count);
      return message.subarray(from, from + count);
    },
    window() {
      const isMarked =
        message.length - at >= WINDOW_MARK.length + 4 &&
        WINDOW_MARK.every((byte, index) => message[at + index] === byte);
      return isMarked ? message.readUInt32BE(at + WINDOW_MARK.length) : undefined;
    },
  };

  /** Moves on by `count` bytes. @returns where they begin. */
  function take(count: number): number {
    const from = at;
    if (message.length - from < count) throw new ShortMessage();
    at = from + count;
    return from;
  }
}

/** The 16 bytes at `offset` as a channel's name; the caller has made sure that they exist. */
export function readUuid(message: Buffer, offset: number): ChannelId {
  return message.toString("latin1", offset, offset + UUID_BYTES);
}
