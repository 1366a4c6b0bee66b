/** Version 0.1; only the high nibble, the major, is compared. docs/protocols/linksocks.md#frames. */
export const PROTOCOL_VERSION = 0x01;

/**
 * Numbers of the message types, docs/protocols/linksocks.md#frames; the last two are ours, which every other peer
 * ignores.
 */
export const TYPE = {
  auth: 0x01,
  authResponse: 0x02,
  connect: 0x03,
  data: 0x04,
  connectResponse: 0x05,
  disconnect: 0x06,
  connector: 0x07,
  connectorResponse: 0x08,
  log: 0x09,
  partners: 0x0a,
  window: 0xf0,
  finish: 0xf1,
} as const;

export const PROTOCOL_CODES = { none: 0, tcp: 1, udp: 2 } as const;

export const OPERATION_CODES = { add: 1, remove: 2 } as const;

export const GZIP = 1;

/**
 * Version, type, protocol, channel, compression, length: what stands before the bytes of a Data message;
 * docs/protocols/linksocks.md#data.
 */
export const DATA_HEAD_BYTES = 24;

export const UUID_BYTES = 16;

/** One length byte can say no more; docs/protocols/linksocks.md#frames, str8. */
export const LONGEST_TEXT = 255;

/** The longest message that is accepted, in bytes; docs/protocols/linksocks.md#opening-the-websocket. */
export const LONGEST_MESSAGE = 32 * 1024 * 1024;

/**
 * What follows a Connect or a successful ConnectResponse of a peer that keeps windows: this mark and the window as u32.
 * Its first byte says "no resume" to later Go releases; all Go releases ignore the rest.
 */
export const WINDOW_MARK = [0x00, 0x77, 0x70, 0x01] as const;
