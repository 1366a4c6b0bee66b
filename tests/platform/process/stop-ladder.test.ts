import { expect, test } from "bun:test";
import { identifyProcess } from "../../../src/platform/process/process-identity.ts";
import { climbStopLadder, endsWithin, type StopSignal } from "../../../src/platform/process/stop-ladder.ts";

const LIMITS = { SIGTERM: 1, SIGKILL: 2 };

test.each([
  ["ends at SIGTERM", 1, "SIGTERM"],
  ["ends at SIGKILL", 2, "SIGKILL"],
  ["survives both signals", 3, undefined],
] as const)("a process that %s gets no more signals than it takes", async (_, endsAtStep, outcome) => {
  const sent: [StopSignal, number][] = [];
  const answer = await climbStopLadder(
    LIMITS,
    (signal) => sent.push([signal, 0]),
    async (milliseconds) => {
      sent[sent.length - 1] = [sent.at(-1)?.[0] ?? "SIGTERM", milliseconds];
      return sent.length === endsAtStep;
    },
  );
  expect(answer).toBe(outcome);
  const both: [StopSignal, number][] = [
    ["SIGTERM", 1],
    ["SIGKILL", 2],
  ];
  expect(sent).toEqual(both.slice(0, endsAtStep));
});

test("a signal that cannot be sent ends the attempt", async () => {
  const refused = climbStopLadder(
    LIMITS,
    () => {
      throw new Error("refused");
    },
    async () => true,
  );
  expect(refused).rejects.toThrow("refused");
});

test("the end of a process that is not looked after is seen", async () => {
  await using child = Bun.spawn(["sleep", "60"]);
  const known = identifyProcess(child.pid);
  if (known === undefined) throw new Error("it does not run");
  expect(await endsWithin(known, 1)).toBe(false);
  child.kill("SIGKILL");
  expect(await endsWithin(known, 60_000)).toBe(true);
});
