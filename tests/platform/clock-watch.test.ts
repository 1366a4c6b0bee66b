import { expect, test } from "bun:test";
import { createClockWatch } from "../../src/platform/clock-watch.ts";

/** Each step is how far the wall clock and the steady one go on before the next look, in milliseconds. */
function lookAfter(...steps: readonly (readonly [number, number])[]): readonly string[] {
  let [wall, steady] = [1_700_000_000_000, 12];
  const watch = createClockWatch(
    () => wall,
    () => steady,
  );
  return steps.map(([onWall, onSteady]) => {
    wall += onWall;
    steady += onSteady;
    return watch.look();
  });
}

test("clocks that go on together are steady, however long it took", () => {
  expect(lookAfter([0, 0], [1_000, 1_000], [86_400_000, 86_400_000])).toEqual(["steady", "steady", "steady"]);
});

test("a sleep is told once", () => {
  expect(lookAfter([1_000, 1_000], [60_000, 20], [1_000, 1_000])).toEqual(["steady", "slept", "steady"]);
});

test("a wall clock that is corrected by up to 5 s has not slept", () => {
  expect(lookAfter([6_000, 1_000], [6_001, 1_000])).toEqual(["steady", "slept"]);
});

test("a clock that is set back is steady, and a sleep after it is told", () => {
  expect(lookAfter([-3_600_000, 1_000], [1_000, 1_000], [61_000, 1_000])).toEqual(["steady", "steady", "slept"]);
});

test("by itself it reads this machine's clocks", () => {
  expect(createClockWatch().look()).toBe("steady");
});
