import { expect, test } from "bun:test";
import { createIdleAnswers } from "../../src/tunnels/idle-answers.ts";

const LIFETIME_MS = 1_000;

function create() {
  const clock = { time: 5_000 };
  return { clock, told: createIdleAnswers(() => clock.time) };
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

test("of a flood of questions as many count as there can be clients", () => {
  const { told } = create();
  for (let count = 0; count < 5_000; count++) told.remember();
  let claims = 0;
  while (told.claim()) claims++;
  expect(claims).toBe(1_024);
});
