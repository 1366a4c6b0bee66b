import { decodeUtf8 } from "../../platform/plain-text.ts";
import type { ChannelId } from "./message.ts";
import { UUID_BYTES, WINDOW_MARK } from "./wire-format.ts";

/** A field that the message does not hold whole, or that is not what it has to be. It never leaves the codec. */
export class UnreadableField extends Error {}

/** Reads a message from front to back; it never leaves the bytes it was given. */
export type Cursor = ReturnType<typeof createCursor>;

export function createCursor(message: Buffer, start: number) {
  let at = start;
  return {
    /** Bytes that are not read yet. */
    get left(): number {
      return message.length - at;
    },
    /** The next byte. @throws UnreadableField */
    byte: (): number => message.readUInt8(take(1)),
    /** Two bytes, big-endian. @throws UnreadableField */
    u16: (): number => message.readUInt16BE(take(2)),
    /** Four bytes, big-endian. @throws UnreadableField */
    u32: (): number => message.readUInt32BE(take(4)),
    /** @throws UnreadableField */
    uuid: (): ChannelId => readUuid(message, take(UUID_BYTES)),
    /** A length byte and as many bytes of UTF-8; what is no UTF-8 becomes U+FFFD. @throws UnreadableField */
    text: (): string => takeText().toString("utf8"),
    /** A text that is sent again, so that every byte of it counts. @throws UnreadableField for what is no UTF-8, too. */
    token(): string {
      const text = decodeUtf8(takeText());
      if (text === undefined) throw new UnreadableField("holds a token that is not UTF-8");
      return text;
    },
    /** The next `count` bytes, not copied. @throws UnreadableField */
    bytes: takeBytes,
    /** The window of a peer that keeps windows, where the rest of the message begins with its mark. */
    window(): number | undefined {
      const isMarked =
        message.length - at >= WINDOW_MARK.length + 4 &&
        WINDOW_MARK.every((byte, index) => message[at + index] === byte);
      return isMarked ? message.readUInt32BE(at + WINDOW_MARK.length) : undefined;
    },
  };

  function takeBytes(count: number): Buffer {
    const from = take(count);
    return message.subarray(from, from + count);
  }

  function takeText(): Buffer {
    return takeBytes(message.readUInt8(take(1)));
  }

  /** Moves on by `count` bytes. @returns where they begin. */
  function take(count: number): number {
    const from = at;
    if (message.length - from < count) throw new UnreadableField("is too short");
    at = from + count;
    return from;
  }
}

/** The 16 bytes at `offset` as a channel's name; the caller has made sure that they exist. */
export function readUuid(message: Buffer, offset: number): ChannelId {
  return message.toString("latin1", offset, offset + UUID_BYTES);
}
