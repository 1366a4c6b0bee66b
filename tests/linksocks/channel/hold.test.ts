import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { createHold } from "../../../src/linksocks/channel/hold.ts";
import { createTrunk } from "../../../src/linksocks/channel/trunk.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { createFakeLink } from "../fake-link.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const STALL_MS = 20_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test("the link is not read beyond 4 MiB, and read again below a quarter of that", () => {
  const { link, newHold } = createRig();
  const { hold } = newHold();
  hold.update(4 * MIB, true);
  expect(link.isPaused).toBe(false);
  hold.update(4 * MIB + 1, true);
  expect(link.isPaused).toBe(true);
  hold.update(MIB, true);
  expect(link.isPaused).toBe(true);
  hold.update(MIB - 1, true);
  expect(link.isPaused).toBe(false);
});

test("a reader that takes nothing has 20 s", () => {
  const { newHold } = createRig();
  const { hold, stalls } = newHold();
  hold.update(5 * MIB, false);
  jest.advanceTimersByTime(STALL_MS - 1);
  expect(stalls()).toBe(0);
  jest.advanceTimersByTime(1);
  expect(stalls()).toBe(1);
});

test("a reader that takes something has 20 s more, one that is only sent more has not", () => {
  const { newHold } = createRig();
  const { hold, stalls } = newHold();
  hold.update(5 * MIB, false);
  jest.advanceTimersByTime(STALL_MS - 1);
  hold.update(5 * MIB - 1, true);
  jest.advanceTimersByTime(STALL_MS - 1);
  hold.update(5 * MIB, false);
  expect(stalls()).toBe(0);
  jest.advanceTimersByTime(1);
  expect(stalls()).toBe(1);
});

test("a reader that has caught up is waited for no more", () => {
  const { newHold } = createRig();
  const { hold, stalls } = newHold();
  hold.update(5 * MIB, false);
  hold.update(0, true);
  jest.advanceTimersByTime(STALL_MS);
  expect(stalls()).toBe(0);
});

test("a channel that ends releases the link at once, and keeps nothing", () => {
  const { link, trunk, newHold } = createRig();
  const { hold, stalls } = newHold();
  hold.update(5 * MIB, false);
  hold.stop();
  expect([link.isPaused, trunk.waitingBytes]).toEqual([false, 0]);
  jest.advanceTimersByTime(STALL_MS);
  expect(stalls()).toBe(0);
  hold.stop();
});

test("the link is read once the last of those that hold it is done", () => {
  const { link, newHold } = createRig();
  const holds = [newHold().hold, newHold().hold];
  for (const hold of holds) hold.update(5 * MIB, false);
  holds[0]?.update(0, true);
  expect(link.isPaused).toBe(true);
  holds[1]?.update(0, true);
  expect(link.isPaused).toBe(false);
});

test("once all channels together keep more than 64 MiB, each may keep 256 KiB, and is let go below a quarter of that", () => {
  const { link, trunk, newHold } = createRig();
  const many = Array.from({ length: 16 }, () => newHold().hold);
  for (const hold of many) hold.update(4 * MIB, false);
  expect([trunk.waitingBytes, link.isPaused]).toEqual([64 * MIB, false]);
  const { hold } = newHold();
  hold.update(256 * KIB, false);
  expect(link.isPaused).toBe(false);
  hold.update(256 * KIB + 1, false);
  expect(link.isPaused).toBe(true);
  hold.update(64 * KIB, true);
  expect(link.isPaused).toBe(true);
  hold.update(64 * KIB - 1, true);
  expect(link.isPaused).toBe(false);
});

function createRig() {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  return {
    link,
    trunk,
    newHold() {
      let stalls = 0;
      const hold = createHold(trunk, newUuid(), () => {
        stalls += 1;
      });
      return { hold, stalls: () => stalls };
    },
  };
}
