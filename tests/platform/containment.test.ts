import { afterEach, expect, mock, test } from "bun:test";
import { contain, countFaults, type Fault, letGo, listenForFaults, noteFault } from "../../src/platform/containment.ts";
import { inNextTurn, startInterval, startTimer } from "../../src/platform/timers.ts";
import { until } from "../rig/until.ts";

const heard: Fault[] = [];
const stop = listenForFaults((fault) => void heard.push(fault));
afterEach(() => void heard.splice(0));

/** A part of its own, so that its count is this test's alone. */
function newPart(): string {
  return `part ${crypto.randomUUID()}`;
}

test("a callback that throws lets nothing out, ends what it belongs to, and is told and counted", () => {
  const part = newPart();
  const ended = mock();
  const act = contain(
    part,
    (subject: string) => {
      throw new Error(`${subject} is broken`);
    },
    ended,
  );
  act("socket");
  expect(ended.mock.calls).toEqual([["socket"]]);
  expect(heard).toMatchObject([{ part, message: "socket is broken", detail: expect.stringContaining("at ") }]);
  expect(countFaults().byPart.get(part)).toBe(1);
  expect(countFaults().last?.part).toBe(part);
});

test("an asynchronous callback that rejects is contained as one that throws", async () => {
  const part = newPart();
  const ended = mock();
  const act = contain(
    part,
    async () => {
      await Promise.resolve();
      throw new Error("late");
    },
    ended,
  );
  act();
  await until("the fault", () => heard.some((fault) => fault.part === part));
  expect(ended).toHaveBeenCalledTimes(1);
});

test("what ends a thing after a fault may throw as well", () => {
  const part = newPart();
  const act = contain(
    part,
    () => {
      throw new Error("one");
    },
    () => {
      throw new Error("two");
    },
  );
  act();
  expect(heard.map(({ message }) => message)).toEqual(["one", "two"]);
});

test("a callback that works is called with what it was given, and tells nothing", () => {
  const act = mock();
  contain(newPart(), act)("one", 2);
  expect(act.mock.calls).toEqual([["one", 2]]);
  expect(heard).toEqual([]);
});

test("work that is let go and fails is told, and what it belonged to is ended", async () => {
  const part = newPart();
  const ended = mock();
  letGo(part, Promise.reject(new Error("left alone")), ended);
  await until("the end", () => ended.mock.calls.length === 1);
  expect(heard).toMatchObject([{ part, message: "left alone" }]);
});

test("a timer, an interval and a next turn that throw are contained", async () => {
  const part = newPart();
  const fail = () => {
    throw new Error("timer");
  };
  startTimer(part, 1, fail);
  const interval = startInterval(part, 1, fail);
  inNextTurn(part, fail);
  await until("several faults", () => (countFaults().byPart.get(part) ?? 0) >= 4);
  clearInterval(interval);
});

test("a listener for faults that throws keeps no other one from them", () => {
  const end = listenForFaults(() => {
    throw new Error("deaf");
  });
  noteFault(newPart(), new Error("heard all the same"));
  end();
  expect(heard.map(({ message }) => message)).toEqual(["heard all the same"]);
});

test("a fault that is no Error, and parts without end, are counted within bounds", () => {
  noteFault(newPart(), "a word");
  expect(heard).toMatchObject([{ message: "a word", detail: "a word" }]);
  for (let index = 0; index < 300; index += 1) noteFault(newPart(), "again");
  expect(countFaults().byPart.size).toBeLessThanOrEqual(257);
  expect(countFaults().byPart.get("others")).toBeGreaterThan(0);
  stop();
});
