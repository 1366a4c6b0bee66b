import { expect, test } from "bun:test";
import { createOutbox, type Outbox } from "../../src/net/outbox.ts";
import { createFakeSocket, type FakeSocket } from "./lines/fake-socket.ts";

function send(outbox: Outbox, socket: FakeSocket, bytes: Uint8Array): void {
  outbox.push(bytes);
  outbox.writeTo(socket);
}

const encode = (text: string) => new TextEncoder().encode(text);

test("a socket with room takes everything at once", () => {
  const socket = createFakeSocket();
  const outbox = createOutbox();
  send(outbox, socket, encode("one\n"));
  send(outbox, socket, encode("two\n"));
  expect(socket.text).toBe("one\ntwo\n");
  expect(outbox.waiting).toBe(0);
});

test("what a socket does not take waits, and later messages wait behind it", () => {
  const socket = createFakeSocket(3);
  const outbox = createOutbox();
  send(outbox, socket, encode("abcde"));
  socket.room = Number.POSITIVE_INFINITY;
  outbox.push(encode("fgh"));
  expect(socket.text).toBe("abc");
  expect(outbox.waiting).toBe(5);
  outbox.writeTo(socket);
  expect(socket.text).toBe("abcdefgh");
  expect(outbox.waiting).toBe(0);
});

test("a socket that takes one byte at a time gets every byte once and in order", () => {
  const socket = createFakeSocket(1);
  const outbox = createOutbox();
  for (const text of ["abc", "d", "efg"]) send(outbox, socket, encode(text));
  while (outbox.waiting > 0) outbox.writeTo(socket);
  expect(socket.text).toBe("abcdefg");
});

test("a full socket that takes nothing loses nothing", () => {
  const socket = createFakeSocket(0);
  const outbox = createOutbox();
  send(outbox, socket, encode("abc"));
  outbox.writeTo(socket);
  expect([socket.text, outbox.waiting]).toEqual(["", 3]);
  socket.room = 3;
  outbox.writeTo(socket);
  expect([socket.text, outbox.waiting]).toEqual(["abc", 0]);
});

test("a closed socket keeps nothing waiting", () => {
  const socket = createFakeSocket(1);
  const outbox = createOutbox();
  send(outbox, socket, encode("abc"));
  outbox.push(encode("def"));
  socket.room = -1;
  outbox.writeTo(socket);
  expect(outbox.waiting).toBe(0);
  send(outbox, socket, encode("ghi"));
  expect([socket.text, outbox.waiting]).toEqual(["a", 0]);
});

test("an empty piece is nothing that waits, and a write tells how much was taken", () => {
  const socket = createFakeSocket(2);
  const outbox = createOutbox();
  outbox.push(new Uint8Array(0));
  expect([outbox.waiting, outbox.writeTo(socket)]).toEqual([0, 0]);
  outbox.push(encode("abc"));
  expect(outbox.writeTo(socket)).toBe(2);
});

test("what is cleared is never written", () => {
  const socket = createFakeSocket();
  const outbox = createOutbox();
  outbox.push(encode("gone"));
  outbox.clear();
  expect([outbox.waiting, outbox.writeTo(socket), socket.text]).toEqual([0, 0, ""]);
});
