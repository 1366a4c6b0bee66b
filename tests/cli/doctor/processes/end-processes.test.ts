import { expect, test } from "bun:test";
import type { FoundProcess } from "../../../../src/cli/doctor/processes/classify-processes.ts";
import { endProcesses } from "../../../../src/cli/doctor/processes/end-processes.ts";
import { identifyProcess, type ProcessIdentity } from "../../../../src/platform/process/process-identity.ts";
import { isAlive } from "../../../rig/processes.ts";

const LIMITS = { SIGTERM: 200, SIGKILL: 10_000 };

test("one that heeds SIGTERM is not killed, one that does not is", async () => {
  await using willing = await startProcess();
  await using stubborn = await startProcess("trap '' TERM;");
  const [one, other] = await endProcesses([found(willing.pid), found(stubborn.pid)], { ...LIMITS, SIGTERM: 1_000 });
  expect(one).toEqual({ pid: willing.pid, category: "tunnel-orphan", outcome: "SIGTERM", error: null });
  expect(other).toEqual({ pid: stubborn.pid, category: "tunnel-orphan", outcome: "SIGKILL", error: null });
  expect([isAlive(willing.pid), isAlive(stubborn.pid)]).toEqual([false, false]);
});

test("a later process with the same number is not touched", async () => {
  await using child = await startProcess();
  const former = { pid: child.pid, startTime: "another", executable: "/bin/sh" };
  expect(await endProcesses([found(child.pid, former)], LIMITS)).toMatchObject([{ outcome: "gone", error: null }]);
  expect(isAlive(child.pid)).toBe(true);
});

test("one that cannot be looked at is not signalled, and told as failed", async () => {
  await using child = await startProcess();
  const [ended] = await endProcesses([{ ...found(child.pid), identity: undefined }], LIMITS);
  expect(ended).toMatchObject({ outcome: "failed", error: "it belongs to another user" });
  expect(isAlive(child.pid)).toBe(true);
});

function found(pid: number, identity: ProcessIdentity | undefined = identifyProcess(pid)): FoundProcess {
  const shown = { name: "sh", words: ["sh"], ageMilliseconds: 1, isZombie: false };
  return { pid, parent: 1, user: 0, ...shown, identity, category: "tunnel-orphan", evidence: "" };
}

/** A process that lives until it is signalled; it runs when the call resolves. */
async function startProcess(prologue = "") {
  const child = Bun.spawn(["sh", "-c", `${prologue} echo ready; read line`], { stdin: "pipe", stdout: "pipe" });
  await child.stdout.getReader().read();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
