import { describe, expect, test } from "bun:test";
import { createRecoveryPlan, type Death, type RecoveryPlan } from "../../../src/tunnels/life/recovery-plan.ts";

const EARLY: Death = { lived: 10, proven: false };
const PROVEN: Death = { lived: 10, proven: true };

/** No jitter. */
const MIDDLE = () => 0.5;

describe("a row of deaths", () => {
  test("a row of deaths is tried again at once, then after 1, 2, 5, 10 and 30 s; the seventh ends it", () => {
    const plan = createRecoveryPlan(MIDDLE);
    expect(delays(plan, 6)).toEqual([0, 1_000, 2_000, 5_000, 10_000, 30_000]);
    expect(plan.after(EARLY, 0)).toEqual({ again: false, deaths: 7 });
  });

  test("a row of deaths stays ended until somebody asks anew", () => {
    const plan = createRecoveryPlan(MIDDLE);
    delays(plan, 6);
    expect(plan.after(EARLY, 0).again).toBe(false);
    expect(plan.after(EARLY, 0)).toEqual({ again: false, deaths: 8 });
    plan.reset();
    expect(plan.after(EARLY, 0)).toEqual({ again: true, delay: 0 });
  });

  test("a row of deaths begins anew after a life of a minute, and not after one a little shorter", () => {
    const plan = createRecoveryPlan(MIDDLE);
    delays(plan, 3);
    expect(plan.after({ lived: 59_999, proven: false }, 0)).toEqual({ again: true, delay: 5_000 });
    expect(plan.after({ lived: 60_000, proven: false }, 0)).toEqual({ again: true, delay: 0 });
    expect(plan.after(EARLY, 0)).toEqual({ again: true, delay: 1_000 });
  });

  test("a row of deaths begins anew after a life that was of use, however short", () => {
    const plan = createRecoveryPlan(MIDDLE);
    delays(plan, 4);
    expect(plan.after(PROVEN, 0)).toEqual({ again: true, delay: 0 });
    expect(delays(plan, 2)).toEqual([0, 1_000]);
  });
});

describe("jitter", () => {
  test.each([
    [0, [0, 800, 1_600, 4_000, 8_000, 24_000]],
    [1, [0, 1_200, 2_400, 6_000, 12_000, 36_000]],
    [0.25, [0, 900, 1_800, 4_500, 9_000, 27_000]],
  ])("jitter of %d varies each delay by at most a fifth, and never the first", (random, expected) => {
    expect(
      delays(
        createRecoveryPlan(() => random),
        6,
      ),
    ).toEqual(expected);
  });

  test("jitter is drawn for each delay", () => {
    const numbers = [0, 0, 1, 0.5];
    expect(
      delays(
        createRecoveryPlan(() => numbers.shift() ?? 0),
        4,
      ),
    ).toEqual([0, 800, 2_400, 5_000]);
  });
});

describe("processes that were of use", () => {
  test("processes that were of use are restarted at once, as often as they die, where that is seldom", () => {
    const plan = createRecoveryPlan(MIDDLE);
    const times = Array.from({ length: 500 }, (_, index) => index * 1_001);
    expect(times.map((time) => plan.after(PROVEN, time))).toEqual(times.map(() => ({ again: true, delay: 0 })));
  });

  test("processes that were of use that die more than 60 times a minute wait a second each, and are never given up", () => {
    const plan = createRecoveryPlan(MIDDLE);
    const tries = Array.from({ length: 62 }, (_, index) => plan.after(PROVEN, index));
    expect(tries.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => ({ again: true, delay: 0 })));
    expect(tries.slice(60)).toEqual([
      { again: true, delay: 1_000 },
      { again: true, delay: 1_000 },
    ]);
    // A minute later the first of them count no more.
    expect(plan.after(PROVEN, 60_061)).toEqual({ again: true, delay: 0 });
  });
});

function delays(plan: RecoveryPlan, count: number): readonly (number | "given up")[] {
  return Array.from({ length: count }, () => {
    const next = plan.after(EARLY, 0);
    return next.again ? Math.round(next.delay * 1_000) / 1_000 : "given up";
  });
}
