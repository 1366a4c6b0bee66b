import { afterEach, expect, jest, test } from "bun:test";
import { createInbound } from "../../../src/linksocks/channel/inbound.ts";
import { createTrunk } from "../../../src/linksocks/channel/trunk.ts";
import { FIRST_WINDOW } from "../../../src/linksocks/channel/window.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { createFakeLink } from "../fake-link.ts";

const ID = newUuid();
const MIB = 1024 * 1024;

afterEach(() => void jest.useRealTimers());

test("bytes wait in their order until somebody reads, and again while the reader pauses", () => {
  const { inbound, heard } = createRig();
  inbound.receive(Buffer.from("one "));
  inbound.receive(Buffer.from("two "));
  expect([heard(), inbound.isEmpty]).toEqual(["", false]);
  inbound.resume();
  inbound.receive(Buffer.from("three "));
  expect([heard(), inbound.isEmpty]).toEqual(["one two three ", true]);
  inbound.pause();
  inbound.receive(Buffer.from("four"));
  expect([heard(), inbound.isEmpty]).toEqual(["one two three ", false]);
  inbound.resume();
  expect(heard()).toBe("one two three four");
});

test("a reader that pauses over a piece gets the next one only when it resumes", () => {
  const rig = createRig({ pausesAfter: 1 });
  rig.inbound.receive(Buffer.from("one "));
  rig.inbound.receive(Buffer.from("two"));
  rig.inbound.resume();
  expect(rig.heard()).toBe("one ");
  rig.inbound.resume();
  expect(rig.heard()).toBe("one two");
});

test("credit is given for what the reader has taken, and for what it pauses over when it resumes", () => {
  const { link, inbound } = createRig({ pausesAfter: 1 });
  inbound.receive(Buffer.alloc(FIRST_WINDOW));
  inbound.resume();
  expect(link.takeSent()).toEqual([]);
  inbound.resume();
  expect(link.takeSent()).toEqual([{ type: "window", channel: ID, bytes: FIRST_WINDOW }]);
});

test("more than the window is refused", () => {
  const { inbound } = createRig();
  expect([inbound.receive(Buffer.alloc(FIRST_WINDOW)), inbound.receive(Buffer.alloc(1))]).toEqual([true, false]);
});

test("without windows, the link is not read while a reader leaves much lying", () => {
  const { link, inbound } = createRig({ hasWindow: false });
  inbound.receive(Buffer.alloc(4 * MIB));
  expect(link.isPaused).toBe(false);
  inbound.receive(Buffer.alloc(1));
  expect(link.isPaused).toBe(true);
  inbound.resume();
  expect(link.isPaused).toBe(false);
});

test("without windows, a reader that takes a piece of a long body now and then is no stalled one", () => {
  jest.useFakeTimers();
  const { inbound, stalls } = createRig({ hasWindow: false, pausesAfter: 1 });
  inbound.resume();
  inbound.receive(Buffer.alloc(5 * MIB));
  for (let piece = 0; piece < 10; piece += 1) {
    jest.advanceTimersByTime(19_999);
    inbound.resume();
  }
  expect(stalls()).toBe(0);
  jest.advanceTimersByTime(20_000);
  expect(stalls()).toBe(1);
});

test("many short bodies that wait are put together, whole and in order, also where some were read meanwhile", () => {
  const { inbound, heard, pieces } = createRig();
  const words = Array.from({ length: 20_000 }, (_, index) => `${index} `);
  const long = "x".repeat(20_000);
  for (const word of words) inbound.receive(Buffer.from(word));
  inbound.receive(Buffer.from(long));
  for (const word of words.slice(0, 1_000)) inbound.receive(Buffer.from(word));
  inbound.resume();
  expect(pieces()).toBeLessThan(100);
  inbound.pause();
  for (const word of words.slice(0, 1_000)) inbound.receive(Buffer.from(word));
  inbound.resume();
  const some = words.slice(0, 1_000).join("");
  expect(heard()).toBe(words.join("") + long + some + some);
});

test("what is flushed is handed on whether or not it is paused", () => {
  const { inbound, heard } = createRig();
  inbound.receive(Buffer.from("last"));
  inbound.close();
  inbound.flush();
  expect([heard(), inbound.isEmpty]).toEqual(["last", true]);
});

test("a channel that is closed gives no credit and holds nobody up", () => {
  const { link, inbound } = createRig({ hasWindow: false });
  inbound.receive(Buffer.alloc(5 * MIB));
  inbound.close();
  inbound.resume();
  expect([link.isPaused, link.sent]).toEqual([false, []]);
});

/** @param pausesAfter so many pieces the reader takes before it pauses, each time. */
function createRig({ hasWindow = true, pausesAfter = Number.POSITIVE_INFINITY } = {}) {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  let heard = "";
  let pieces = 0;
  let stalls = 0;
  const inbound = createInbound(ID, trunk, hasWindow, {
    onData(bytes) {
      heard += Buffer.from(bytes).toString("latin1");
      pieces += 1;
      if (pieces % pausesAfter === 0) inbound.pause();
    },
    onStalled() {
      stalls += 1;
    },
  });
  return { link, inbound, heard: () => heard, pieces: () => pieces, stalls: () => stalls };
}
