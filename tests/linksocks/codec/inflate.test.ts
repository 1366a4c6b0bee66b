import { describe, expect, test } from "bun:test";
import { deflateSync, gzipSync } from "node:zlib";
import { inflateBody, inflateDatagram } from "../../../src/linksocks/codec/inflate.ts";
import { fromHex, GZIP_OF_64_A, GZIP_OF_HELLO, TCP_DATA, UDP_DATA } from "./examples.ts";

const MIB = 1024 * 1024;
const HELLO = gzipSync("hello");

test("a datagram that is not compressed is given as it is, not copied, even where it looks like gzip", () => {
  expect(inflateDatagram({ ...UDP_DATA, body: HELLO })).toBe(HELLO);
});

describe("is inflated", () => {
  test.each([
    ["what Go sends", GZIP_OF_64_A, "A".repeat(64)],
    ["one stored block", GZIP_OF_HELLO, "hello"],
    ["nothing, compressed", gzipSync(""), ""],
    ["several members", Buffer.concat([HELLO, GZIP_OF_64_A, gzipSync(""), HELLO]), `hello${"A".repeat(64)}hello`],
    ["a member that names its file", fromHex(`1f8b0808000000000003 6100 ${HELLO.toString("hex", 10)}`), "hello"],
  ])("%s is inflated", async (_name, body, text) => {
    expect((await inflated(body))?.toString()).toBe(text);
  });

  test("a datagram is inflated", () => {
    const plain = inflateDatagram({ ...UDP_DATA, isCompressed: true, body: HELLO });
    expect(plain).toEqual(Buffer.from("hello"));
  });

  test("a body that lies in the middle of other bytes is inflated", async () => {
    const around = Buffer.concat([Buffer.from("before"), HELLO, Buffer.from("after")]);
    expect((await inflated(around.subarray(6, 6 + HELLO.length)))?.toString()).toBe("hello");
  });
});

describe("is refused", () => {
  const checkSumAt = HELLO.length - 8;
  const sizeAt = HELLO.length - 4;
  test.each([
    ["no byte at all", Buffer.alloc(0)],
    ["what is no gzip", Buffer.from("abc")],
    ["the zlib format", deflateSync("hello")],
    ["a wrong check sum", withOtherByte(HELLO, checkSumAt)],
    ["a wrong size", withOtherByte(HELLO, sizeAt)],
    ["a wrong compression method", withOtherByte(HELLO, 2)],
    ["bytes of another kind behind a member", Buffer.concat([HELLO, Buffer.from("abc")])],
    ["a second member that is corrupt", Buffer.concat([HELLO, withOtherByte(HELLO, checkSumAt)])],
    ["a second member that is cut", Buffer.concat([HELLO, HELLO.subarray(0, -1)])],
  ])("%s is refused", async (_name, body) => {
    expect(await inflated(body)).toBeUndefined();
  });

  test("a member that is cut is refused, wherever it is cut", async () => {
    for (let length = 0; length < GZIP_OF_64_A.length; length += 1) {
      expect(await inflated(GZIP_OF_64_A.subarray(0, length))).toBeUndefined();
    }
  });
});

describe("64 MiB is the most", () => {
  const zeros = gzipSync(Buffer.alloc(MIB));
  const most = Buffer.concat(Array.from({ length: 64 }, () => zeros));

  test("a body of 64 MiB is inflated", async () => {
    expect(await inflated(most)).toHaveLength(64 * MIB);
  });

  test("one byte more than 64 MiB is refused, in a member of its own", async () => {
    expect(await inflated(Buffer.concat([most, gzipSync("x")]))).toBeUndefined();
  });

  test("one byte more than 64 MiB is refused in the only member, too", async () => {
    expect(await inflated(gzipSync(Buffer.alloc(64 * MIB + 1), { level: 1 }))).toBeUndefined();
  });
});

async function inflated(body: Buffer): Promise<Buffer | undefined> {
  const plain = await inflateBody({ ...TCP_DATA, isCompressed: true, body });
  return plain === undefined ? undefined : Buffer.from(plain.buffer, plain.byteOffset, plain.length);
}

function withOtherByte(bytes: Buffer, at: number): Buffer {
  const other = Buffer.from(bytes);
  other.writeUInt8(other.readUInt8(at) ^ 1, at);
  return other;
}

test("a datagram that would be larger than any is lost, in whatever number of members", () => {
  for (const body of [gzipSync(Buffer.alloc(65_536)), gzipSync(Buffer.alloc(64 * MIB)), Buffer.alloc(140_000)]) {
    expect(inflateDatagram({ ...UDP_DATA, isCompressed: true, body })).toBeUndefined();
  }
  const parts = Buffer.concat(Array.from({ length: 100 }, () => gzipSync(Buffer.alloc(1_000))));
  expect(inflateDatagram({ ...UDP_DATA, isCompressed: true, body: parts })).toBeUndefined();
  const most = gzipSync(Buffer.alloc(65_535));
  expect(inflateDatagram({ ...UDP_DATA, isCompressed: true, body: most })).toHaveLength(65_535);
});
