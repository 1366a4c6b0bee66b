import { expect, test } from "bun:test";
import { createOutbox } from "../../src/net/outbox.ts";
import { createFakeSocket } from "./fake-socket.ts";

const encode = (text: string) => new TextEncoder().encode(text);

test("a socket with room takes everything at once", () => {
  const socket = createFakeSocket();
  const outbox = createOutbox(socket);
  outbox.send(encode("one\n"));
  outbox.send(encode("two\n"));
  expect(socket.text).toBe("one\ntwo\n");
  expect(outbox.waiting).toBe(0);
});

test("what a socket does not take waits, and later messages wait behind it", () => {
  const socket = createFakeSocket(3);
  const outbox = createOutbox(socket);
  outbox.send(encode("abcde"));
  socket.room = Number.POSITIVE_INFINITY;
  outbox.send(encode("fgh"));
  expect(socket.text).toBe("abc");
  expect(outbox.waiting).toBe(5);
  outbox.flush();
  expect(socket.text).toBe("abcdefgh");
  expect(outbox.waiting).toBe(0);
});

test("a socket that takes one byte at a time gets every byte once and in order", () => {
  const socket = createFakeSocket(1);
  const outbox = createOutbox(socket);
  for (const text of ["abc", "d", "efg"]) outbox.send(encode(text));
  while (outbox.waiting > 0) outbox.flush();
  expect(socket.text).toBe("abcdefg");
});

test("a full socket that takes nothing loses nothing", () => {
  const socket = createFakeSocket(0);
  const outbox = createOutbox(socket);
  outbox.send(encode("abc"));
  outbox.flush();
  expect([socket.text, outbox.waiting]).toEqual(["", 3]);
  socket.room = 3;
  outbox.flush();
  expect([socket.text, outbox.waiting]).toEqual(["abc", 0]);
});

test("a closed socket keeps nothing waiting", () => {
  const socket = createFakeSocket(1);
  const outbox = createOutbox(socket);
  outbox.send(encode("abc"));
  outbox.send(encode("def"));
  socket.room = -1;
  outbox.flush();
  expect(outbox.waiting).toBe(0);
  outbox.send(encode("ghi"));
  expect([socket.text, outbox.waiting]).toEqual(["a", 0]);
});
