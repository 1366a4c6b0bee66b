import { expect, test } from "bun:test";
import { createWaitingRoom } from "../../../src/linksocks/server/waiting-room.ts";

const ONE = "192.0.2.1";

test("one address has 64 WebSockets that say nothing, and no other one notices", () => {
  const room = createWaitingRoom(true);
  const leave = Array.from({ length: 64 }, () => room.enter(ONE));
  expect([room.isFull(ONE, "in-url"), room.isFull(ONE, "by-message")]).toEqual([true, true]);
  expect(room.isFull("192.0.2.2", "by-message")).toBe(false);
  leave[0]?.();
  leave[0]?.();
  expect(room.isFull(ONE, "in-url")).toBe(false);
  room.enter(ONE);
  expect(room.isFull(ONE, "in-url")).toBe(true);
});

test("all addresses together have 1,024", () => {
  const room = createWaitingRoom(true);
  for (let index = 0; index < 1_024; index += 1) room.enter(`198.51.${index >> 8}.${index & 255}`);
  expect(room.isFull(ONE, "in-url")).toBe(true);
});

test("where a message cannot be watched, few may be about to say who they are, and a token in the URL needs no message", () => {
  const room = createWaitingRoom(false);
  for (let index = 0; index < 16; index += 1) room.enter(`198.51.100.${index}`);
  expect([room.isFull(ONE, "by-message"), room.isFull(ONE, "in-url")]).toEqual([true, false]);
});
