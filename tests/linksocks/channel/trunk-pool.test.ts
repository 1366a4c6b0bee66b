import { afterEach, expect, jest, test } from "bun:test";
import { createTrunk } from "../../../src/linksocks/channel/trunk.ts";
import { createTrunkPool, TRUNK_WAIT_MS } from "../../../src/linksocks/channel/trunk-pool.ts";
import { createFakeLink } from "../fake-link.ts";

const LONG_MS = 30_000;

afterEach(() => void jest.useRealTimers());

test("a pool of trunks takes connections in turn, also when one leaves", async () => {
  const pool = createTrunkPool();
  const [first, second, third] = [newSession(), newSession(), newSession()];
  for (const trunk of [first, second, third]) pool.add(trunk);
  expect([pool.pick(0), pool.pick(0), pool.pick(0), pool.pick(0)]).toEqual([first, second, third, first]);
  pool.remove(first);
  const picked = new Set([pool.pick(0), pool.pick(0)]);
  expect(picked).toEqual(new Set([second, third]));
});

test("who finds none gets the next that comes", async () => {
  const pool = createTrunkPool();
  const waiting = [pool.pick(LONG_MS), pool.pick(LONG_MS)];
  const trunk = newSession();
  pool.add(trunk);
  expect(await Promise.all(waiting)).toEqual([trunk, trunk]);
});

test("who waits too long gets none, and is not waited for any more", async () => {
  const pool = createTrunkPool();
  expect(await pool.pick(1)).toBeUndefined();
  expect(pool.isIdle).toBe(true);
});

test("a request waits for ten seconds, and no longer", async () => {
  jest.useFakeTimers();
  const pool = createTrunkPool();
  const waiting = pool.pick(TRUNK_WAIT_MS);
  jest.advanceTimersByTime(9_999);
  expect(pool.isIdle).toBe(false);
  jest.advanceTimersByTime(1);
  expect(pool.isIdle).toBe(true);
  expect(await waiting).toBeUndefined();
});

test("who gives up gets none, and is not waited for any more", async () => {
  const pool = createTrunkPool();
  const enough = new AbortController();
  const waiting = pool.pick(LONG_MS, enough.signal);
  enough.abort();
  expect(await waiting).toBeUndefined();
  expect(pool.isIdle).toBe(true);
});

function newSession() {
  return createTrunk(createFakeLink());
}
