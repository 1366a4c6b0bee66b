import { expect, test } from "bun:test";
import { createSession } from "../../../src/linksocks/channel/session.ts";
import { createSessionPool } from "../../../src/linksocks/channel/session-pool.ts";
import { createFakeLink } from "../fake-link.ts";

const LONG_MS = 30_000;

test("takes connections in turn, also when one leaves", async () => {
  const pool = createSessionPool();
  const [first, second, third] = [newSession(), newSession(), newSession()];
  for (const session of [first, second, third]) pool.add(session);
  expect([pool.pick(0), pool.pick(0), pool.pick(0), pool.pick(0)]).toEqual([first, second, third, first]);
  pool.remove(first);
  const picked = new Set([pool.pick(0), pool.pick(0)]);
  expect(picked).toEqual(new Set([second, third]));
});

test("who finds none gets the next that comes", async () => {
  const pool = createSessionPool();
  const waiting = [pool.pick(LONG_MS), pool.pick(LONG_MS)];
  const session = newSession();
  pool.add(session);
  expect(await Promise.all(waiting)).toEqual([session, session]);
});

test("who waits too long gets none, and is not waited for any more", async () => {
  const pool = createSessionPool();
  expect(await pool.pick(1)).toBeUndefined();
  expect(pool.isIdle).toBe(true);
});

function newSession() {
  return createSession(createFakeLink());
}
