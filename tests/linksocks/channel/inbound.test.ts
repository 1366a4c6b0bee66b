import { expect, test } from "bun:test";
import { createInbound } from "../../../src/linksocks/channel/inbound.ts";
import { createFakeStream } from "../fake-stream.ts";

test("bytes go to the socket in the order in which they came, as many as it takes", () => {
  const inbound = createInbound();
  for (const text of ["one ", "two ", "three"]) inbound.push(Buffer.from(text));
  const stream = createFakeStream(6);
  expect(inbound.writeTo(stream)).toBe(6);
  expect([String(stream.written), inbound.waiting]).toEqual(["one tw", 7]);
  expect(inbound.writeTo(stream)).toBe(0);
  stream.room = 100;
  expect(inbound.writeTo(stream)).toBe(7);
  expect([String(stream.written), inbound.waiting]).toEqual(["one two three", 0]);
});

test("a socket that is full to the byte between two pieces goes on with the next", () => {
  const inbound = createInbound();
  for (const text of ["one", "two"]) inbound.push(Buffer.from(text));
  const stream = createFakeStream(3);
  expect(inbound.writeTo(stream)).toBe(3);
  stream.room = 3;
  expect(inbound.writeTo(stream)).toBe(3);
  expect(String(stream.written)).toBe("onetwo");
});

test("an empty message is nothing that waits", () => {
  const inbound = createInbound();
  inbound.push(new Uint8Array(0));
  const stream = createFakeStream();
  expect([inbound.waiting, inbound.writeTo(stream), stream.written.length]).toEqual([0, 0, 0]);
  inbound.push(Buffer.from("more"));
  expect(inbound.writeTo(stream)).toBe(4);
});

test("a socket that is closed takes nothing", () => {
  const inbound = createInbound();
  inbound.push(Buffer.from("late"));
  const closed = { ...createFakeStream(), write: () => -1 };
  expect([inbound.writeTo(closed), inbound.waiting]).toEqual([0, 4]);
});

test("what is cleared is never written", () => {
  const inbound = createInbound();
  inbound.push(Buffer.from("gone"));
  inbound.clear();
  const stream = createFakeStream();
  expect([inbound.waiting, inbound.writeTo(stream), stream.written.length]).toEqual([0, 0, 0]);
});
