import type { HostAndPort } from "../../net/host-and-port.ts";
import type { ChannelId, LinkMessage } from "./message.ts";
import {
  DATA_HEAD_BYTES,
  LONGEST_TEXT,
  OPERATION_CODES,
  PROTOCOL_CODES,
  PROTOCOL_VERSION,
  TYPE,
  UUID_BYTES,
  WINDOW_MARK,
} from "./wire-format.ts";

/**
 * The bytes of one WebSocket message. Texts are cut to 255 bytes between two characters: their length has but one byte.
 * A Data message's body goes as it is, so a compressed one has to be compressed already.
 * docs/protocols/linksocks.md#frames.
 * @throws Error for a token or an address beyond 255 bytes, which must not arrive cut.
 */
export function encodeMessage(message: LinkMessage): Uint8Array {
  switch (message.type) {
    case "auth":
      return join(TYPE.auth, wholeText(message.token), [Number(message.reverse)], uuid(message.instance));
    case "auth-response": {
      const { success, assignedToken } = message;
      if (!success) return join(TYPE.authResponse, [0], text(message.error));
      return join(TYPE.authResponse, [1], assignedToken === undefined ? [] : wholeText(assignedToken));
    }
    case "connect": {
      const head = [[PROTOCOL_CODES[message.protocol]], uuid(message.channel)];
      const rest = message.resume ? [1] : windowMark(message.window);
      const target = message.protocol === "tcp" ? endpoint(message.target ?? NOWHERE) : [];
      return join(TYPE.connect, ...head, target, rest);
    }
    case "connect-response": {
      const { success, channel, error, window } = message;
      return join(TYPE.connectResponse, [Number(success)], uuid(channel), success ? windowMark(window) : text(error));
    }
    case "data": {
      const { channel, protocol, body, isCompressed = false, source = NOWHERE, target = NOWHERE } = message;
      const head = [[PROTOCOL_CODES[protocol]], uuid(channel), [Number(isCompressed)], u32(body.length)];
      return join(TYPE.data, ...head, body, protocol === "udp" ? [...endpoint(source), ...endpoint(target)] : []);
    }
    case "disconnect":
      return join(TYPE.disconnect, uuid(message.channel), message.reason === "" ? [] : text(message.reason));
    case "connector":
      return join(TYPE.connector, uuid(message.request), wholeText(message.token), [
        OPERATION_CODES[message.operation],
      ]);
    case "connector-response": {
      const { success, request, error, token } = message;
      const rest = success ? (token === "" ? [] : wholeText(token)) : text(error);
      return join(TYPE.connectorResponse, uuid(request), [Number(success)], rest);
    }
    case "log":
      return join(TYPE.log, json({ level: message.level, msg: message.text }));
    case "partners":
      return join(TYPE.partners, json({ count: message.count }));
    case "window":
      return join(TYPE.window, uuid(message.channel), u32(message.bytes));
    case "finish":
      return join(TYPE.finish, uuid(message.channel));
  }
}

/** Stands for an address that is missing. */
const NOWHERE: HostAndPort = { host: "", port: 0 };

/** What stands before the bytes of a channel's TCP data; only the last four, their number, change. */
export function tcpDataHead(channel: ChannelId): Buffer {
  const head = Buffer.alloc(DATA_HEAD_BYTES);
  head.set([PROTOCOL_VERSION, TYPE.data, PROTOCOL_CODES.tcp, ...uuid(channel)]);
  return head;
}

function join(type: number, ...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 2));
  bytes.set([PROTOCOL_VERSION, type]);
  let at = 2;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function uuid(id: ChannelId): Uint8Array {
  if (id.length !== UUID_BYTES) throw new Error("a channel's name has 16 bytes");
  return Buffer.from(id, "latin1");
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function endpoint({ host, port }: HostAndPort): readonly number[] {
  return [...wholeText(host), port >> 8, port & 0xff];
}

function windowMark(window: number | undefined): readonly number[] {
  return window === undefined ? [] : [...WINDOW_MARK, ...u32(window)];
}

function wholeText(value: string): readonly number[] {
  const bytes = Buffer.from(value);
  if (bytes.length > LONGEST_TEXT) throw new Error(`a token or an address has at most ${LONGEST_TEXT} bytes`);
  return [bytes.length, ...bytes];
}

function text(value: string): readonly number[] {
  const bytes = Buffer.from(value);
  let length = Math.min(bytes.length, LONGEST_TEXT);
  // A byte 10xxxxxx continues a character.
  while (length < bytes.length && ((bytes[length] ?? 0) & 0xc0) === 0x80) length -= 1;
  return [length, ...bytes.subarray(0, length)];
}

/** As Go writes JSON: no spaces, and `<`, `>`, `&`, U+2028, U+2029 escaped. */
function json(value: object): Uint8Array {
  const written = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const bytes = Buffer.from(written);
  return Buffer.concat([u32(bytes.length), bytes]);
}
