import { expect, test } from "bun:test";
import { readFrame } from "../../../src/linksocks/channel/read-frame.ts";
import { createTrunk } from "../../../src/linksocks/channel/trunk.ts";
import { encodeMessage } from "../../../src/linksocks/codec/encode.ts";
import type { LinkMessage } from "../../../src/linksocks/codec/message.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { LONGEST_MESSAGE } from "../../../src/linksocks/codec/wire-format.ts";
import { createFakeLink } from "../fake-link.ts";

const ID = newUuid();
const OF_A_CHANNEL: readonly LinkMessage[] = [
  {
    type: "data",
    channel: ID,
    protocol: "tcp",
    isCompressed: false,
    body: Buffer.from("body"),
    source: undefined,
    target: undefined,
  },
  { type: "window", channel: ID, bytes: 1 },
  { type: "finish", channel: ID },
  { type: "disconnect", channel: ID, reason: "EOF" },
  { type: "connect-response", channel: ID, success: true, error: "", window: undefined },
];
const OF_THE_SESSION: readonly LinkMessage[] = [
  { type: "connect", channel: ID, protocol: "udp", target: undefined, resume: false, window: undefined },
  { type: "connector", request: ID, token: "c1", operation: "add" },
  { type: "connector-response", request: ID, success: true, error: "", token: "c1" },
  { type: "log", level: "info", text: "hello" },
  { type: "partners", count: 1 },
  { type: "auth", token: "t1", reverse: false, instance: ID },
  { type: "auth-response", success: false, error: "invalid token" },
];

test.each(OF_A_CHANNEL.map((message) => [message.type, message] as const))(
  "%s goes to its channel alone, with the bytes that it came in",
  (_, message) => {
    const { read, toChannel, toSession } = createRig();
    const frame = Buffer.from(encodeMessage(message));
    read(frame);
    expect(toChannel).toEqual([[message, frame]]);
    expect(toChannel[0]?.[1]).toBe(frame);
    expect(toSession).toEqual([]);
  },
);

test.each(OF_THE_SESSION.map((message) => [message.type, message] as const))("%s concerns no channel", (_, message) => {
  const { read, toChannel, toSession } = createRig();
  const frame = Buffer.from(encodeMessage(message));
  read(frame);
  expect(toSession).toEqual([[message, frame]]);
  expect(toSession[0]?.[1]).toBe(frame);
  expect(toChannel).toEqual([]);
});

test("a type that we do not know is ignored", () => {
  const { link, read, toChannel, toSession } = createRig();
  read(Buffer.from([0x01, 0x0b, 0, 0, 0, 2, 0x7b, 0x7d]));
  expect([toChannel, toSession, link.closedWith]).toEqual([[], [], undefined]);
});

test.each([
  ["cannot be read", Buffer.from([0x01, 0x04, 1]), 1002],
  ["is of another major version", Buffer.from([0x11, 0x09]), 1002],
  ["is too long", Buffer.alloc(LONGEST_MESSAGE + 1), 1009],
])("a message that %s ends the connection", (_, frame, code) => {
  const { link, read, toChannel, toSession } = createRig();
  read(frame);
  expect(link.closedWith?.code).toBe(code);
  expect(link.closedWith?.reason).not.toBe("");
  expect([toChannel, toSession]).toEqual([[], []]);
});

function createRig() {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  const toChannel: unknown[][] = [];
  const toSession: unknown[][] = [];
  trunk.add(ID, { receive: (...heard) => void toChannel.push(heard), onLinkLost: () => undefined });
  const read = (frame: Buffer) => readFrame(trunk, frame, (...heard) => void toSession.push(heard));
  return { link, read, toChannel, toSession };
}
