import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { keepAlive } from "../../../src/linksocks/link/keep-alive.ts";
import { settled } from "../../rig/event-loop.ts";
import { createFakeLink } from "../fake-link.ts";

const INTERVAL_MS = 20_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test("a link is asked at once and then every 20 s, with a word of its own each time", () => {
  const { heard, pass } = createRig();
  expect(heard).toEqual(["ping"]);
  pass(INTERVAL_MS - 1);
  expect(heard).toEqual(["ping"]);
  pass(1);
  expect(heard).toEqual(["ping", "ping", "pong"]);
  pass(INTERVAL_MS);
  expect(heard).toEqual(["ping", "ping", "pong", "ping", "pong"]);
});

test("a link on which nothing comes any more is ended after three questions", () => {
  const { heard, pass } = createRig();
  for (let round = 0; round < 3; round += 1) pass(INTERVAL_MS);
  expect(heard).not.toContain("terminate");
  pass(INTERVAL_MS);
  expect(heard.at(-1)).toBe("terminate");
});

test.each(["onLife", "onPong"] as const)("%s is a sign of life", (sign) => {
  const { heard, alive, pass } = createRig();
  for (let round = 0; round < 10; round += 1) {
    pass(INTERVAL_MS);
    alive[sign]();
  }
  expect(heard).not.toContain("terminate");
});

test("how long it has been silent counts from the beginning, and from the last sign", () => {
  const { alive, pass } = createRig();
  pass(300);
  expect(alive.silentMs).toBe(300);
  alive.onLife();
  pass(7);
  expect(alive.silentMs).toBe(7);
});

test("the round trip is that of the first question that has no answer yet", () => {
  const { alive, pass } = createRig();
  expect(alive.roundTripMs).toBeUndefined();
  pass(5);
  alive.onPong();
  expect(alive.roundTripMs).toBe(5);
  void alive.ping();
  pass(1);
  void alive.ping();
  pass(2);
  alive.onPong();
  expect(alive.roundTripMs).toBe(3);
});

test("an unasked pong tells no round trip", () => {
  const { alive, pass } = createRig();
  pass(5);
  alive.onPong();
  pass(100);
  alive.onPong();
  expect(alive.roundTripMs).toBe(5);
});

test("everybody who asks before the answer gets it, who asks later the next", async () => {
  const { alive, pass } = createRig();
  alive.onPong();
  const asked = [alive.ping(), alive.ping()];
  pass(4);
  alive.onPong();
  expect(await Promise.all(asked)).toEqual([4, 4]);
  const late = alive.ping();
  expect(await settled(late)).toBe(false);
  pass(9);
  alive.onPong();
  expect(await late).toBe(9);
});

test("a link that has closed is not asked any more", () => {
  const { heard, alive, pass } = createRig();
  alive.stop();
  pass(10 * INTERVAL_MS);
  expect(heard).toEqual(["ping"]);
});

/** A link kept alive, what was done with it, and its time. */
function createRig() {
  const heard: string[] = [];
  let time = 1_000;
  const link = {
    ...createFakeLink(),
    ping: () => void heard.push("ping"),
    pong: () => void heard.push("pong"),
    terminate: () => void heard.push("terminate"),
  };
  const alive = keepAlive(link, () => time);
  const pass = (milliseconds: number) => {
    time += milliseconds;
    jest.advanceTimersByTime(milliseconds);
  };
  return { heard, alive, pass };
}
