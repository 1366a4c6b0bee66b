// Whole LinkSocks messages, put together here and not by the codec under test; docs/protocols/linksocks.md#frames.

export const TYPE = {
  authResponse: 0x02,
  connect: 0x03,
  data: 0x04,
  connectResponse: 0x05,
  disconnect: 0x06,
  connectorResponse: 0x08,
  log: 0x09,
  partners: 0x0a,
} as const;

/** A name for a channel, of ASCII characters alone, so that a text message can carry it. */
export function channelId(name: string): Buffer {
  return Buffer.from(name.padEnd(16, "."));
}

export function authFrame(token: string | Uint8Array, isProvider: boolean): Buffer {
  return frame(0x01, str8(token), [Number(isProvider)], channelId("instance"));
}

/** @param error why not; undefined for success. */
export function authResponseFrame(error?: string | Uint8Array): Buffer {
  return error === undefined ? frame(TYPE.authResponse, [1]) : frame(TYPE.authResponse, [0], str8(error));
}

/** @param behind bytes after the last field that version 0.1 knows. */
export function connectFrame(
  channel: Uint8Array,
  host: string | Uint8Array,
  port: number,
  behind: readonly number[] = [],
): Buffer {
  return frame(TYPE.connect, [1], channel, str8(host), [port >> 8, port & 255], behind);
}

/** @param protocol 2 for UDP. */
export function connectWithoutTarget(channel: Uint8Array, protocol: number, behind: readonly number[] = []): Buffer {
  return frame(TYPE.connect, [protocol], channel, behind);
}

export function dataFrame(channel: Uint8Array, body: Uint8Array | string, isCompressed = false): Buffer {
  const bytes = Buffer.from(body);
  return frame(TYPE.data, [1], channel, [Number(isCompressed)], u32(bytes.length), bytes);
}

/** @param error why not; undefined for success. */
export function connectResponseFrame(channel: Uint8Array, error?: string | Uint8Array): Buffer {
  if (error === undefined) return frame(TYPE.connectResponse, [1], channel);
  return frame(TYPE.connectResponse, [0], channel, str8(error));
}

export function disconnectFrame(channel: Uint8Array, reason?: string | Uint8Array): Buffer {
  return frame(TYPE.disconnect, channel, reason === undefined ? [] : str8(reason));
}

export function logFrame(level: string, msg: string): Buffer {
  return frame(TYPE.log, json32({ level, msg }));
}

export function partnersFrame(count: number): Buffer {
  return frame(TYPE.partners, json32({ count }));
}

/** Any message: version 0.1, its type, its body. */
export function frame(type: number, ...parts: readonly (readonly number[] | Uint8Array)[]): Buffer {
  return Buffer.concat([[0x01, type], ...parts].map((part) => Buffer.from(part)));
}

/** As Go writes it: a text beyond 255 bytes goes whole, behind its length modulo 256. */
export function str8(text: string | Uint8Array): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length % 256]), bytes]);
}

/** The body of a Data message for TCP. */
export function bodyOf(data: Buffer): Buffer {
  return data.subarray(24, 24 + data.readUInt32BE(20));
}

/** The name of the channel of a Connect or a Data message. */
export function channelOf(message: Buffer): Buffer {
  return message.subarray(3, 19);
}

function json32(value: object): Buffer {
  const bytes = Buffer.from(JSON.stringify(value));
  return Buffer.concat([u32(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
