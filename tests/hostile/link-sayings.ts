import {
  authFrame,
  authResponseFrame,
  channelId,
  connectFrame,
  connectResponseFrame,
  connectWithoutTarget,
  dataFrame,
  disconnectFrame,
  frame,
  str8,
  TYPE,
} from "../rig/linksocks-frames.ts";
import { bytes } from "./door.ts";

/** Of the channel that the steps of a door open. */
export const CHANNEL = channelId("channel");
const OTHER = channelId("other");

const UDP = 2;
const GZIP = 1;
const CONNECTOR = 0x07;
const WINDOW = 0xf0;

/** Every LinkSocks message, with words in each field that takes any; docs/protocols/linksocks.md#frames. */
export const LINK_SAYINGS: readonly ((words: Uint8Array) => Buffer)[] = [
  (words) => authFrame(words, true),
  (words) => authResponseFrame(words),
  (words) => frame(TYPE.authResponse, [1], str8(words)),
  (words) => connectFrame(OTHER, words, 9),
  (words) => connectFrame(CHANNEL, "127.0.0.1", 9, [...words.subarray(0, 16)]),
  (words) => connectWithoutTarget(channelOf(words), UDP),
  (words) => dataFrame(CHANNEL, words),
  (words) => dataFrame(CHANNEL, words, true),
  (words) => dataFrame(CHANNEL, Bun.gzipSync(Uint8Array.from(words)), true),
  (words) => datagram(words, 0),
  (words) => datagram(words, GZIP),
  (words) => connectResponseFrame(CHANNEL, words),
  (words) => disconnectFrame(OTHER, words),
  (words) => frame(CONNECTOR, OTHER, str8(words), [1]),
  (words) => frame(TYPE.connectorResponse, OTHER, [1], str8(words)),
  (words) => frame(TYPE.log, json('{"level":"error","msg":"@"}', words)),
  (words) => frame(TYPE.log, json('{"level":"@","msg":"probe:"}', words)),
  (words) => frame(TYPE.partners, json('{"count":1@}', words)),
  (words) => frame(WINDOW, CHANNEL, words.subarray(0, 4)),
  (words) => frame(words[0] ?? 0, words),
];

function datagram(words: Uint8Array, compression: number): Buffer {
  const body = Buffer.concat([length32(words), words]);
  return frame(TYPE.data, [UDP], CHANNEL, [compression], body, str8(words), [0, 9], str8(words), [0, 9]);
}

function json(text: string, words: Uint8Array): Buffer {
  const [before = "", behind = ""] = text.split("@");
  const body = Buffer.concat([bytes(before), words, bytes(behind)]);
  return Buffer.concat([length32(body), body]);
}

function length32(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return length;
}

/** 16 bytes of them. */
function channelOf(words: Uint8Array): Buffer {
  return Buffer.concat([words, Buffer.alloc(16)]).subarray(0, 16);
}
