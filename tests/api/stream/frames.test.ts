import { expect, test } from "bun:test";
import { type FrameShape, makeFrame, OPCODE, openRaw, type RawClient } from "./raw-client.ts";
import { cleared } from "./sample-events.ts";
import { openStream, type StreamRig } from "./stream-rig.ts";

// RFC 6455 for a server that reads and throws away, in the order of the Autobahn test suite's sections 1 to 7. A case is
// passed when the client still hears of the next event, or when the connection is closed with the code of RFC 6455, section 7.4.1.

/** Sends, then has something happen. */
async function hearsNextEvent(stream: StreamRig, client: RawClient, ...chunks: readonly Uint8Array[]): Promise<void> {
  client.write(...chunks);
  // Read before the event is told: what follows it in the same direction cannot overtake it.
  client.write(makeFrame(OPCODE.ping, "end of the case"));
  await client.frame(OPCODE.pong);
  stream.feed.emit(cleared(7));
  const told = await client.frame(OPCODE.text);
  expect(JSON.parse(String(told.payload))).toMatchObject(cleared(7));
}

test.each([0, 1, 125, 126, 127, 128, 4_096])("a message of %d bytes is thrown away", async (length) => {
  await using stream = openStream();
  using client = await openRaw(stream.port);
  const body = "*".repeat(length);
  await hearsNextEvent(stream, client, makeFrame(OPCODE.text, body), makeFrame(OPCODE.binary, body));
});

test("a message that arrives byte by byte is one", async () => {
  await using stream = openStream();
  using client = await openRaw(stream.port);
  const bytes = makeFrame(OPCODE.text, "a message in many pieces");
  await hearsNextEvent(stream, client, ...[...bytes].map((byte) => Uint8Array.of(byte)));
});

test.each(["", "hello", "\u0000\u00ff\u00fe", "x".repeat(125)])("a ping comes back as it is: %p", async (body) => {
  await using stream = openStream();
  using client = await openRaw(stream.port);
  const payload = Buffer.from(body, "latin1");
  client.write(makeFrame(OPCODE.ping, payload));
  const pong = await client.frame(OPCODE.pong);
  expect(pong).toMatchObject({ isFinal: true, isMasked: false });
  expect(pong.payload.equals(payload)).toBe(true);
});

test("pings are answered in order, also when they come at once; pongs that nobody asked for are ignored", async () => {
  await using stream = openStream();
  using client = await openRaw(stream.port);
  const pings = ["1", "2", "3"].map((body) => makeFrame(OPCODE.ping, body));
  client.write(Buffer.concat([makeFrame(OPCODE.pong, "unasked"), ...pings]));
  await hearsNextEvent(stream, client);
  const pongs = client.frames().filter(({ opcode }) => opcode === OPCODE.pong);
  expect(pongs.map(({ payload }) => String(payload))).toEqual(["1", "2", "3", "end of the case"]);
});

const BROKEN: readonly [string, number, readonly (readonly [number, (Uint8Array | string)?, FrameShape?])[]][] = [
  ["a ping of 126 bytes", 1002, [[OPCODE.ping, "x".repeat(126)]]],
  ...[1, 2, 3, 4, 5, 6, 7].map(
    (reserved) =>
      [`reserved bits ${reserved}`, 1002, [[OPCODE.text, "a", { reserved }]]] satisfies (typeof BROKEN)[number],
  ),
  ["a reserved bit in a ping", 1002, [[OPCODE.ping, "", { reserved: 1 }]]],
  ["a reserved bit in a close frame", 1002, [[OPCODE.close, "", { reserved: 4 }]]],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode) => [`opcode ${opcode}`, 1002, [[opcode, "a"]]] satisfies (typeof BROKEN)[number],
  ),
  ["a reserved opcode between fragments", 1002, [[OPCODE.text, "a", { isFinal: false }], [5], [0, "b"]]],
  [
    "a ping in fragments",
    1002,
    [
      [OPCODE.ping, "a", { isFinal: false }],
      [0, "b"],
    ],
  ],
  [
    "a pong in fragments",
    1002,
    [
      [OPCODE.pong, "a", { isFinal: false }],
      [0, "b"],
    ],
  ],
  ["a last fragment of nothing", 1002, [[OPCODE.continuation, "a"]]],
  ["a first fragment of nothing", 1002, [[OPCODE.continuation, "a", { isFinal: false }]]],
  [
    "a message within another's fragments",
    1002,
    [
      [OPCODE.text, "a", { isFinal: false }],
      [OPCODE.text, "b"],
    ],
  ],
  ["a byte that no UTF-8 has", 1007, [[OPCODE.text, Buffer.from("cebae1bdb9cf83cebcceb5ff", "hex")]]],
  ["a surrogate", 1007, [[OPCODE.text, Buffer.from("eda080", "hex")]]],
  ["an overlong form", 1007, [[OPCODE.text, Buffer.from("c0af", "hex")]]],
  ["beyond the last code point", 1007, [[OPCODE.text, Buffer.from("f4908080", "hex")]]],
  ["a character cut off at the end", 1007, [[OPCODE.text, Buffer.from("e282", "hex")]]],
  [
    "a wrong byte in the second fragment",
    1007,
    [
      [OPCODE.text, "a", { isFinal: false }],
      [0, Buffer.from([0xff])],
    ],
  ],
  ["a close frame of one byte", 1002, [[OPCODE.close, Buffer.from([3])]]],
  ["a close frame whose reason is no UTF-8", 1007, [[OPCODE.close, Buffer.from([3, 232, 0xff])]]],
  ["a close frame of 126 bytes", 1002, [[OPCODE.close, Buffer.alloc(126, 3)]]],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map(
    (code) => [`close code ${code}`, 1002, [[OPCODE.close, closeBody(code)]]] satisfies (typeof BROKEN)[number],
  ),
  ["a frame without a mask", 1002, [[OPCODE.text, "a", { isMasked: false }]]],
  ["a message of 4,097 bytes", 1009, [[OPCODE.text, "x".repeat(4_097)]]],
  [
    "a message of 4,097 bytes in fragments",
    1009,
    [
      [OPCODE.text, "x".repeat(4_000), { isFinal: false }],
      [0, "x".repeat(97)],
    ],
  ],
];

test.each(BROKEN)("%s is closed with %d", async (_, code, frames) => {
  await using stream = openStream();
  using bystander = await openRaw(stream.port);
  using client = await openRaw(stream.port);
  client.write(Buffer.concat(frames.map((frame) => makeFrame(...frame))));
  expect(await client.closeCode()).toBe(code);
  await hearsNextEvent(stream, bystander);
});

test("a message in fragments with a ping between them is one, and the ping is answered at once", async () => {
  await using stream = openStream();
  using client = await openRaw(stream.port);
  client.write(makeFrame(OPCODE.text, "first", { isFinal: false }), makeFrame(OPCODE.ping, "between"));
  expect(String((await client.frame(OPCODE.pong)).payload)).toBe("between");
  await hearsNextEvent(
    stream,
    client,
    makeFrame(OPCODE.continuation, "", { isFinal: false }),
    makeFrame(OPCODE.continuation, "last"),
  );
});

test("characters of all lengths may be cut between fragments", async () => {
  await using stream = openStream();
  using client = await openRaw(stream.port);
  const bytes = Buffer.from("κόσμε € 😀");
  const pieces = [...bytes].map((byte, index) =>
    makeFrame(index === 0 ? OPCODE.text : OPCODE.continuation, Uint8Array.of(byte), {
      isFinal: index === bytes.length - 1,
    }),
  );
  await hearsNextEvent(stream, client, ...pieces);
});

test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])(
  "close code %d comes back",
  async (code) => {
    await using stream = openStream();
    using client = await openRaw(stream.port);
    client.write(makeFrame(OPCODE.close, Buffer.concat([closeBody(code), Buffer.from("x".repeat(123))])));
    expect(await client.closeCode()).toBe(code);
  },
);

test("a close frame without a code is answered by one, and nothing behind it is read", async () => {
  await using stream = openStream();
  using client = await openRaw(stream.port);
  client.write(Buffer.concat([makeFrame(OPCODE.close), makeFrame(OPCODE.ping, "late")]));
  expect(await client.closeCode()).toBeUndefined();
  expect(client.frames().map(({ opcode }) => opcode)).toEqual([OPCODE.close]);
});

function closeBody(code: number): Buffer {
  return Buffer.from([code >> 8, code & 255]);
}
