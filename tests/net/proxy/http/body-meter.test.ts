import { expect, test } from "bun:test";
import { measureBody } from "../../../../src/net/proxy/http/body-meter.ts";

test.each([
  ["0\r\n\r\n"],
  ["5\r\nhello\r\n0\r\n\r\n"],
  ["5;name=value\r\nhello\r\n00\r\nX: y\r\nZ:\r\n\r\n"],
  ["A \r\n0123456789\r\n0\r\n\r\n"],
])("a chunked body ends where it ends, however it is cut: %j", (body) => {
  const bytes = Buffer.from(`${body}GET http://next/`);
  for (let size = 1; size <= bytes.length; size += 1) {
    const meter = measureBody({ kind: "chunked" });
    let taken = 0;
    for (let at = 0; at < bytes.length && !meter.isDone; at += size) taken += meter.take(bytes.subarray(at, at + size));
    expect([taken, meter.isDone]).toEqual([body.length, true]);
  }
});

test.each([
  ["no size", "\r\n"],
  ["a size that is no number", "x\r\n"],
  ["a size with a sign", "+5\r\nhello\r\n"],
  ["a size that is too large", "fffffffffffff\r\n"],
  ["a size without CR", "5\nhello\r\n"],
  ["a chunk that is longer than its size", "4\r\nhello\r\n"],
  ["an endless extension", `5;${"x".repeat(5_000)}`],
  ["an extension with a bare LF", "5;x\nhello\r\n"],
  ["a trailer that is no field", "0\r\nGET / HTTP/1.1\r\n\r\n"],
])("a chunked body with %s is refused", (_, body) => {
  expect(() => measureBody({ kind: "chunked" }).take(Buffer.from(body))).toThrow();
});

test("trailers of more than 64 KiB are refused", () => {
  const meter = measureBody({ kind: "chunked" });
  meter.take(Buffer.from("0\r\n"));
  const trailer = Buffer.from(`X: ${"x".repeat(4_000)}\r\n`);
  expect(() => {
    for (let count = 0; count < 17; count += 1) meter.take(trailer);
  }).toThrow();
});

test("a body with a length takes that many bytes, and one up to the end of the connection takes all", () => {
  const meter = measureBody({ kind: "length", bytes: 3 });
  expect([meter.isDone, meter.take(Buffer.from("ab")), meter.take(Buffer.from("cd")), meter.isDone]).toEqual([
    false,
    2,
    1,
    true,
  ]);
  expect(measureBody({ kind: "until-close" }).take(Buffer.from("ab"))).toBe(2);
});
