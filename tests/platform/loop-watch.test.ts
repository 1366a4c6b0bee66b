import { expect, test } from "bun:test";
import { createLoopWatch } from "../../src/platform/loop-watch.ts";

const HOUR_MS = 3_600_000;

test("a turn lasts from its first call to its end, whatever ran in between", () => {
  const rig = createRig();
  rig.watch.enter("line protocol");
  rig.clock.time += 3;
  rig.watch.enter("line protocol");
  rig.clock.time += 4;
  rig.endTurn();
  expect(rig.watch.longest().sinceStart).toMatchObject({ milliseconds: 7, part: "line protocol" });
});

test("time between two turns is nobody's", () => {
  const rig = createRig();
  rig.turn("line protocol", 5);
  rig.clock.time += 60_000;
  rig.turn("event stream", 2);
  expect(rig.watch.longest().sinceStart).toMatchObject({ milliseconds: 5, part: "line protocol" });
});

test("of several parts in one turn, the one that took most of it is named, with the whole turn", () => {
  const rig = createRig();
  rig.watch.enter("line protocol");
  rig.clock.time += 2;
  rig.watch.enter("tunnel us-east");
  rig.clock.time += 4;
  rig.watch.enter("line protocol");
  rig.clock.time += 1;
  rig.watch.enter("event stream");
  rig.clock.time += 2;
  rig.endTurn();
  expect(rig.watch.longest().sinceStart).toMatchObject({ milliseconds: 9, part: "tunnel us-east" });
});

test("what comes last in a turn counts up to its end", () => {
  const rig = createRig();
  rig.watch.enter("line protocol");
  rig.clock.time += 1;
  rig.watch.enter("event stream");
  rig.clock.time += 9;
  rig.endTurn();
  expect(rig.watch.longest().sinceStart).toMatchObject({ milliseconds: 10, part: "event stream" });
});

test("the recent turn is the longest of this hour and the one before, and the other that since the start", () => {
  const rig = createRig();
  rig.turn("first", 90);
  rig.clock.time += HOUR_MS;
  rig.turn("second", 20);
  expect(rig.watch.longest().recent?.part).toBe("first");
  rig.clock.time += HOUR_MS;
  rig.turn("third", 10);
  expect(rig.watch.longest()).toMatchObject({ sinceStart: { part: "first" }, recent: { part: "second" } });
  rig.clock.time += 3 * HOUR_MS;
  expect(rig.watch.longest()).toMatchObject({ sinceStart: { part: "first" }, recent: undefined });
});

test("turns of a start are forgotten, and of the one under way what comes counts", () => {
  const rig = createRig();
  rig.turn("start", 90);
  rig.watch.enter("wireproxy");
  rig.clock.time += 60;
  rig.watch.beginAnew();
  expect(rig.watch.longest()).toEqual({ sinceStart: undefined, recent: undefined });
  rig.clock.time += 2;
  rig.endTurn();
  expect(rig.watch.longest().sinceStart).toMatchObject({ milliseconds: 2, part: "wireproxy" });
});

test("brief calls ask nothing of the loop until they have taken a quarter of a millisecond together, and then count from their beginning", () => {
  const rig = createRig();
  const call = (milliseconds: number) => {
    const began = rig.watch.enterBriefly("tunnel us-east");
    rig.clock.time += milliseconds;
    rig.watch.leaveBriefly("tunnel us-east", began);
  };
  call(0.1);
  call(0.1);
  expect(rig.asked()).toBe(0);
  call(7);
  expect(rig.asked()).toBe(1);
  call(2);
  rig.endTurn();
  expect(rig.watch.longest().sinceStart?.milliseconds).toBeCloseTo(9.2);
  call(0.1);
  expect([rig.asked(), rig.watch.part]).toEqual([1, undefined]);
});

test("a brief call in a turn of another part counts as its own part's", () => {
  const rig = createRig();
  rig.watch.enter("line protocol");
  rig.clock.time += 1;
  rig.watch.leaveBriefly("tunnel us-east", rig.watch.enterBriefly("tunnel us-east"));
  rig.clock.time += 3;
  rig.endTurn();
  expect(rig.watch.longest().sinceStart).toMatchObject({ milliseconds: 4, part: "tunnel us-east" });
});

test("nothing is asked of the loop but once a turn, so that an idle process is not woken", () => {
  const rig = createRig();
  rig.watch.enter("line protocol");
  rig.watch.enter("event stream");
  rig.endTurn();
  expect(rig.asked()).toBe(1);
  expect(rig.watch.part).toBeUndefined();
});

test("the loop of this process ends a turn before it waits for anything", async () => {
  const began = performance.now();
  const watch = createLoopWatch();
  watch.enter("busy");
  for (const until = performance.now() + 5; performance.now() < until; );
  await new Promise((resolve) => setImmediate(resolve));
  const whole = performance.now() - began;
  const { sinceStart } = watch.longest();
  expect(sinceStart?.part).toBe("busy");
  expect(sinceStart?.milliseconds).toBeGreaterThanOrEqual(5);
  expect(sinceStart?.milliseconds).toBeLessThanOrEqual(whole);
  expect(watch.part).toBeUndefined();
});

function createRig() {
  const clock = { time: 0 };
  let ends: (() => void)[] = [];
  let asked = 0;
  const watch = createLoopWatch(
    () => clock.time,
    (act) => {
      asked += 1;
      ends.push(act);
    },
  );
  const endTurn = () => {
    const due = ends;
    ends = [];
    for (const end of due) end();
  };
  return {
    clock,
    watch,
    asked: () => asked,
    endTurn,
    turn(part: string, milliseconds: number): void {
      watch.enter(part);
      clock.time += milliseconds;
      endTurn();
    },
  };
}
