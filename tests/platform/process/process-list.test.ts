import { expect, test } from "bun:test";
import { identifyProcess } from "../../../src/platform/process/process-identity.ts";
import { listRunningProcesses } from "../../../src/platform/process/process-list.ts";
import { until } from "../../rig/until.ts";

test("processes are listed with their arguments apart, their parent and their identity", () => {
  const words = ["sh", "-c", "read line", "two words", ""];
  const child = Bun.spawn(words, { stdin: "pipe" });
  try {
    const found = listRunningProcesses().find(({ pid }) => pid === child.pid);
    expect(found).toMatchObject({ pid: child.pid, parent: process.pid, isZombie: false });
    expect(found?.identity).toEqual(identifyProcess(child.pid));
    expect(found?.user).toBe(process.getuid?.() ?? 0);
    if (process.platform === "linux") expect(found?.words).toEqual(words);
    const own = listRunningProcesses().find(({ pid }) => pid === process.pid);
    expect(found?.ageMilliseconds).toBeLessThanOrEqual(own?.ageMilliseconds ?? 0);
  } finally {
    child.kill("SIGKILL");
  }
});

test("a zombie is one", async () => {
  // The shell becomes a program that never asks after its children.
  const parent = Bun.spawn(["sh", "-c", "sh -c 'exit 0' & exec sleep 1000"]);
  try {
    const zombie = await until("its child is a zombie", () =>
      listRunningProcesses().find((process) => process.parent === parent.pid && process.isZombie),
    );
    expect(zombie).toMatchObject({ words: [], identity: undefined });
  } finally {
    parent.kill("SIGKILL");
    await parent.exited;
  }
});
