import { expect, test } from "bun:test";
import { createToldIdle } from "../../src/tunnels/told-idle.ts";

const LIFETIME_MS = 1_000;

function create() {
  const clock = { time: 5_000 };
  return { clock, told: createToldIdle(() => clock.time) };
}

test("nobody was told anything at first", () => {
  expect(create().told.claim()).toBe(false);
});

test("each client that was told counts once", () => {
  const { told } = create();
  told.remember();
  told.remember();
  expect([told.claim(), told.claim(), told.claim()]).toEqual([true, true, false]);
});

test("a second after it was told, a client counts no more; those told later still do", () => {
  const { clock, told } = create();
  told.remember();
  clock.time += LIFETIME_MS;
  told.remember();
  clock.time += 1;
  expect([told.claim(), told.claim()]).toEqual([true, false]);
  told.remember();
  clock.time += LIFETIME_MS + 1;
  expect(told.claim()).toBe(false);
});

test("a start that succeeds gives everyone who still counts another second", () => {
  const { clock, told } = create();
  told.remember();
  clock.time += LIFETIME_MS - 1;
  told.renew();
  clock.time += LIFETIME_MS;
  expect([told.claim(), told.claim()]).toEqual([true, false]);
});
