import { expect, test } from "bun:test";
import { decodeMessage } from "../../src/linksocks/codec/decode.ts";
import { encodeMessage, tcpDataHead } from "../../src/linksocks/codec/encode.ts";
import { inflateBody, inflateDatagram } from "../../src/linksocks/codec/inflate.ts";
import type { DataMessage, Decoded, LinkMessage } from "../../src/linksocks/codec/message.ts";
import { fc } from "../rig/properties.ts";

const ids = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
/** No character has more than four bytes of UTF-8, so that none of these is cut. */
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 63 }),
  fc.string({ unit: "binary-ascii", minLength: 250, maxLength: 255 }),
);
const tokens = texts.filter((text) => text !== "");
const endpoints = fc.record({ host: texts, port: fc.integer({ min: 0, max: 0xffff }) });
const counts = fc.integer({ min: 0, max: 0xffff_ffff });
const windows = fc.option(counts, { nil: undefined });
const bodies = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

function constant<const T>(value: T): fc.Arbitrary<T> {
  return fc.constant(value);
}

const [no, yes, none, empty] = [constant(false), constant(true), constant(undefined), constant("")];
const tcp = { protocol: constant("tcp"), target: endpoints };
const others = { protocol: fc.constantFrom<("udp" | "none")[]>("udp", "none"), target: none };

const connect = { type: constant("connect"), channel: ids };
const fresh = { ...connect, resume: no, window: windows };
const resumed = { ...connect, resume: yes, window: none };
const authResponse = { type: constant("auth-response") };
const connectResponse = { type: constant("connect-response"), channel: ids };
const connectorResponse = { type: constant("connector-response"), request: ids };
const data = { type: constant("data"), channel: ids, isCompressed: fc.boolean(), body: bodies };

/** Each ends where its last field does, and nothing that could follow has a meaning. */
const closed: fc.Arbitrary<LinkMessage> = fc.oneof(
  fc.record({ type: constant("auth"), token: texts, reverse: fc.boolean(), instance: ids }),
  fc.record({ ...authResponse, success: yes, error: empty, assignedToken: tokens }),
  fc.record({ ...resumed, ...tcp }),
  fc.record({ ...resumed, ...others }),
  fc.record({ ...data, protocol: fc.constantFrom<("tcp" | "none")[]>("tcp", "none"), source: none, target: none }),
  fc.record({ ...data, protocol: constant("udp"), source: endpoints, target: endpoints }),
  fc.record({ ...connectResponse, success: yes, error: empty, window: counts }),
  fc.record({ type: constant("disconnect"), channel: ids, reason: tokens }),
  fc.record({
    type: constant("connector"),
    request: ids,
    token: texts,
    operation: fc.constantFrom<("add" | "remove")[]>("add", "remove"),
  }),
  fc.record({ ...connectorResponse, success: yes, error: empty, token: tokens }),
  fc.record({ type: constant("log"), level: texts, text: fc.string({ unit: "binary" }) }),
  fc.record({ type: constant("partners"), count: fc.maxSafeInteger() }),
  fc.record({ type: constant("window"), channel: ids, bytes: counts }),
  fc.record({ type: constant("finish"), channel: ids }),
);

/** Each leaves out something at its end, or has what an older peer sends without. */
const open: fc.Arbitrary<LinkMessage> = fc.oneof(
  fc.record({ ...authResponse, success: yes, error: empty, assignedToken: none }),
  fc.record({ ...authResponse, success: no, error: texts }),
  fc.record({ ...fresh, ...tcp }),
  fc.record({ ...fresh, ...others }),
  fc.record({ ...connectResponse, success: yes, error: empty, window: none }),
  fc.record({ ...connectResponse, success: no, error: texts, window: none }),
  fc.record({ type: constant("disconnect"), channel: ids, reason: empty }),
  fc.record({ ...connectorResponse, success: yes, error: empty, token: empty }),
  fc.record({ ...connectorResponse, success: no, error: texts, token: empty }),
);

const messages = fc.oneof({ arbitrary: closed, weight: 14 }, { arbitrary: open, weight: 9 });

/** A byte put in, taken out or changed, or everything from there on left out. */
const changes = fc.array(
  fc.record({
    kind: fc.constantFrom("insert", "remove", "change", "cut"),
    at: fc.nat({ max: 600 }),
    byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 2, 255)),
  }),
  { minLength: 1, maxLength: 4 },
);

test("what is written is read as it was meant", () => {
  fc.assert(
    fc.property(messages, (message) => {
      expect(decodeMessage(encode(message))).toEqual(message);
    }),
    { numRuns: 4_000 },
  );
});

test("a message is read the same whatever follows it", () => {
  fc.assert(
    fc.property(closed, fc.uint8Array({ maxLength: 30 }), (message, rest) => {
      expect(decodeMessage(Buffer.concat([encode(message), rest]))).toEqual(message);
    }),
    { numRuns: 2_000 },
  );
});

test("no message whose fields must all be there is read when it is cut, wherever that is", () => {
  const optional = new Set<LinkMessage["type"]>(["auth-response", "connect", "connect-response", "disconnect"]);
  const whole = closed.filter(({ type }) => !optional.has(type) && type !== "connector-response");
  fc.assert(
    fc.property(whole, fc.nat(), (message, place) => {
      const frame = encode(message);
      expect(decodeMessage(frame.subarray(0, place % frame.length)).type).toBe("malformed");
    }),
    { numRuns: 2_000 },
  );
});

test("any bytes are a message or malformed, and never break the reader", () => {
  const types = fc.oneof(fc.nat({ max: 0x12 }), fc.constantFrom(0xf0, 0xf1), fc.nat({ max: 255 }));
  const versions = fc.oneof(
    { arbitrary: fc.nat({ max: 15 }), weight: 9 },
    { arbitrary: fc.nat({ max: 255 }), weight: 1 },
  );
  const body = fc.array(fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 0, 0, 1, 2)), { maxLength: 80 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3 }), (bytes) => expectSound(Buffer.from(bytes))),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(versions, types, body, (version, type, bytes) => expectSound(Buffer.from([version, type, ...bytes]))),
    { numRuns: 5_000 },
  );
});

test("any change of a message gives a message or malformed, and never breaks the reader", () => {
  fc.assert(
    fc.property(messages, changes, (message, made) => {
      const bytes = [...encode(message)];
      for (const { kind, at, byte } of made) {
        const place = at % (bytes.length + 1);
        if (kind === "cut") bytes.length = place;
        else bytes.splice(place, kind === "insert" ? 0 : 1, ...(kind === "remove" ? [] : [byte]));
      }
      expectSound(Buffer.from(bytes));
    }),
    { numRuns: 5_000 },
  );
});

test("a body is the frame's own bytes, wherever the frame lies, and its head is that of its channel", () => {
  const tcpData = fc.record({ ...data, isCompressed: no, protocol: constant("tcp"), source: none, target: none });
  fc.assert(
    fc.property(tcpData, fc.nat({ max: 40 }), (message, before) => {
      const written = encode(message);
      const frame = Buffer.concat([Buffer.alloc(before, 1), written, Buffer.alloc(3, 1)]).subarray(before, -3);
      const read = decodeMessage(frame);
      if (read.type !== "data") throw new Error(`it is ${read.type}`);
      expect(read.body.buffer).toBe(frame.buffer);
      expect(read.body.byteOffset).toBe(frame.byteOffset + 24);
      expect(frame.toString("hex", 0, 20)).toBe(tcpDataHead(message.channel).toString("hex", 0, 20));
    }),
    { numRuns: 500 },
  );
});

test("any bytes that say they are compressed are inflated or refused", async () => {
  const gzip = Buffer.from(Bun.gzipSync(Buffer.from("hello ".repeat(20))));
  const sent: Omit<DataMessage, "body"> = {
    type: "data",
    channel: "",
    protocol: "tcp",
    isCompressed: true,
    source: undefined,
    target: undefined,
  };
  const broken = fc.tuple(fc.nat({ max: gzip.length - 1 }), fc.nat({ max: 255 })).map(([at, byte]) => {
    const bytes = Buffer.from(gzip);
    bytes[at] = byte;
    return bytes;
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(bodies, broken), async (body) => {
      const plain = await inflateBody({ ...sent, body });
      // Only the header's time, flags and system can change without the check sum's telling.
      if (plain !== undefined) expect(Buffer.from(plain).toString()).toBe("hello ".repeat(20));
    }),
    { numRuns: 1_000 },
  );
});

/** What is read has a meaning of its own: written again, it is read the same. */
function expectSound(frame: Buffer): void {
  const read = decodeMessage(frame);
  if (read.type === "malformed") {
    expect(read.reason).not.toBe("");
    return;
  }
  if (read.type === "unknown") {
    expect(read.code).toBe(frame.readUInt8(1));
    return;
  }
  if (read.type === "data") inflateDatagram(read);
  if (!hasBrokenText(read)) {
    const written = encode(read);
    expect(encode(expectMessage(decodeMessage(written)))).toEqual(written);
  }
}

function expectMessage(read: Decoded): LinkMessage {
  if (read.type === "malformed" || read.type === "unknown") throw new Error(`it is ${read.type}`);
  return read;
}

/** A byte that is no UTF-8 is read as a character of three bytes, which can make a token too long to be written. */
function hasBrokenText(message: LinkMessage): boolean {
  return JSON.stringify(message).includes("\ufffd");
}

function encode(message: LinkMessage): Buffer {
  return Buffer.from(encodeMessage(message));
}
