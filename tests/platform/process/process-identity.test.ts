import { expect, test } from "bun:test";
import { closeSync, copyFileSync, openSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  findProcessHolding,
  identifyProcess,
  isStillRunning,
  mayBeRunning,
  type ProcessIdentity,
  signalGroup,
} from "../../../src/platform/process/process-identity.ts";
import { isAlive } from "../../rig/processes.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";

const MODULE = join(import.meta.dir, "../../../src/platform/process/process-identity.ts");

test("this very process is identified, and the same each time", () => {
  const own = known(process.pid);
  expect(own.pid).toBe(process.pid);
  if (process.platform === "linux") expect(own.executable).toBe(realpathSync(process.execPath));
  expect(identifyProcess(process.pid)).toEqual(own);
  expect([isStillRunning(own), mayBeRunning(own)]).toEqual([true, true]);
});

test("two processes of one program have different identities", async () => {
  await using first = sleeper();
  await using second = sleeper();
  const executable = realpathSync(Bun.which("sleep") ?? "");
  await until("both have become sleep", () =>
    [first.pid, second.pid].every((pid) => identifyProcess(pid)?.executable === executable),
  );
  const [one, other] = [known(first.pid), known(second.pid)];
  expect(isStillRunning({ ...one, pid: other.pid }) && one.startTime !== other.startTime).toBe(false);
});

test.skipIf(process.platform !== "linux")(
  "a process that cannot be looked at for want of a descriptor may still run",
  async () => {
    const script = `
    import { openSync } from "node:fs";
    import { identifyProcess, mayBeRunning } from "${MODULE}";
    const own = identifyProcess(process.pid);
    try { for (;;) openSync("/dev/null"); } catch (error) { console.log(error.code, mayBeRunning(own)); }`;
    const child = Bun.spawn(["sh", "-c", 'ulimit -n 64 && exec "$0" -e "$1"', process.execPath, script], {
      stdout: "pipe",
    });
    expect(await child.stdout.text()).toBe("EMFILE true\n");
  },
);

test("a dead process has no identity and is not signalled", async () => {
  const child = sleeper();
  const identity = known(child.pid);
  await child[Symbol.asyncDispose]();
  expect(identifyProcess(child.pid)).toBeUndefined();
  expect([isStillRunning(identity), mayBeRunning(identity), signalGroup(identity, "SIGTERM")]).toEqual([
    false,
    false,
    false,
  ]);
});

test("a zombie that nobody has reaped yet is gone", async () => {
  const executable = realpathSync(Bun.which("sleep") ?? "");
  // The shell becomes a program that never reaps: its child stays a zombie when it ends.
  const parent = Bun.spawn(["sh", "-c", "sleep 60 & echo $!; exec sleep 60"], { stdout: "pipe", stdin: "ignore" });
  try {
    const zombie = Number(await readLine(parent.stdout));
    await until("both have become sleep", () =>
      [parent.pid, zombie].every((pid) => identifyProcess(pid)?.executable === executable),
    );
    const identity = known(zombie);
    process.kill(zombie, "SIGKILL");
    await until("it counts as gone", () => !isStillRunning(identity));
    // It is still in the process table.
    expect(process.kill(zombie, 0)).toBe(true);
    expect([identifyProcess(zombie), signalGroup(identity, "SIGKILL")]).toEqual([undefined, false]);
  } finally {
    parent.kill("SIGKILL");
    await parent.exited;
  }
});

test("a recycled number is another process and is never signalled", async () => {
  await using child = sleeper();
  const recycled = { ...known(child.pid), startTime: "another-boot:1" };
  expect(isStillRunning(recycled)).toBe(false);
  expect(signalGroup(recycled, "SIGKILL")).toBe(false);
  expect(identifyProcess(child.pid)).toBeDefined();
});

test("a wrapper script that has become another program is the same process", async () => {
  await using child = sleeper();
  expect(isStillRunning({ ...known(child.pid), executable: "/bin/sh" })).toBe(process.platform === "linux");
});

test("no identity at all is never signalled", () => {
  expect(signalGroup({ pid: 0, startTime: "", executable: "" }, "SIGKILL")).toBe(false);
  expect(identifyProcess(-1)).toBeUndefined();
});

test("signalGroup reaches the whole group that the process leads", async () => {
  const leader = Bun.spawn(["sh", "-c", "sleep 60 & echo $!; wait"], {
    stdout: "pipe",
    stdin: "ignore",
    detached: true,
  });
  try {
    const follower = Number(await readLine(leader.stdout));
    expect(isAlive(follower)).toBe(true);
    expect(signalGroup(known(leader.pid), "SIGKILL")).toBe(true);
    await leader.exited;
    await until("the follower has ended", () => !isAlive(follower));
  } finally {
    leader.kill("SIGKILL");
  }
});

test("a program that was replaced on disk while it runs is the same process", async () => {
  using folder = temporaryFolder();
  const program = join(folder.path, "sleeper (1) x");
  copyFileSync("/bin/sleep", program);
  await using child = sleeper(program);
  const before = await until("it runs", () => {
    const found = identifyProcess(child.pid);
    return found?.executable.endsWith("x") ? found : undefined;
  });
  // Blanks and parentheses in its name do not shift the fields behind it.
  if (process.platform === "linux") expect(before.startTime).toMatch(/^[0-9a-f-]{36}:[1-9]\d*$/);
  rmSync(program);
  expect(isStillRunning(before)).toBe(true);
});

test("a process is found by a file that it holds open, and only while it lives; we ourselves do not count", async () => {
  using folder = temporaryFolder();
  const path = join(realpathSync(folder.path), "held.pipe");
  const held = openSync(path, "a");
  expect(findProcessHolding(path)).toBeUndefined();
  const child = Bun.spawn(["sleep", "60"], { stdio: ["ignore", "ignore", "ignore", held] });
  closeSync(held);
  try {
    expect(findProcessHolding(path)).toBe(child.pid);
    expect(findProcessHolding(`${path}x`)).toBeUndefined();
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
  expect(findProcessHolding(path)).toBeUndefined();
});

function known(pid: number): ProcessIdentity {
  const identity = identifyProcess(pid);
  if (identity === undefined) throw new Error(`process ${pid} is not running`);
  return identity;
}

/** A process of its own group that lives until the scope ends. */
function sleeper(program = "sleep") {
  const child = Bun.spawn([program, "60"], { stdio: ["ignore", "ignore", "ignore"], detached: true });
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

async function readLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const { value } = await reader.read();
  return new TextDecoder().decode(value).trim();
}
