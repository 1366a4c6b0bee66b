import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acquireLock, inheritLock, type Lock, lockWhenFree, tryLock } from "../../../src/platform/files/lock.ts";
import { libc, libraryNames, makeNamedPipe } from "../../../src/platform/libc.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { failureOf, rejectionOf } from "../../rig/rejection.ts";

let folder = "";
let path = "";
const holders: Bun.Subprocess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wpdaemon-test-"));
  path = join(folder, "lock");
});

afterEach(async () => {
  for (const holder of holders.splice(0)) {
    holder.kill("SIGKILL");
    await holder.exited;
  }
  rmSync(folder, { recursive: true, force: true });
});

describe("within one process", () => {
  test("within one process, a free lock is taken, holds our number and excludes everyone until it is released", () => {
    const lock = acquireLock(path);
    expect(readFileSync(path, "utf8")).toBe(`{"pid":${process.pid}}\n`);
    expect(tryLock(path)).toEqual({ holder: process.pid });
    lock.release();
    taken(tryLock(path)).release();
  });

  test("within one process, a second release does nothing, even when somebody else holds the lock by then", () => {
    const first = acquireLock(path);
    first.release();
    const second = acquireLock(path);
    first.release();
    expect(tryLock(path)).toEqual({ holder: process.pid });
    second.release();
  });

  test("within one process, the file is for the owner alone and stays after the release, empty", () => {
    const lock = acquireLock(path);
    expect(modeOf(path)).toBe(0o600);
    lock.release();
    expect(readFileSync(path, "utf8")).toBe("");
  });

  test("within one process, the holder may describe itself; others read its number, and the last words stand alone", () => {
    const lock = acquireLock(path);
    lock.describe({ pid: 4_194_305, instanceId: "a-rather-long-name-of-an-instance", version: "2.0.0" });
    expect(tryLock(path)).toEqual({ holder: 4_194_305 });
    lock.describe({ pid: 7, version: "2.1.0" });
    expect(readFileSync(path, "utf8")).toBe('{"pid":7,"version":"2.1.0"}\n');
    expect(tryLock(path)).toEqual({ holder: 7 });
    lock.release();
  });

  test("within one process, a bare number, as former versions wrote it, is understood", () => {
    const lock = acquireLock(path);
    writeFileSync(path, "4711\n");
    expect(tryLock(path)).toEqual({ holder: 4_711 });
    lock.release();
  });

  test("within one process, the number of a dead or recycled process in the file holds nothing", () => {
    writeFileSync(path, "1\n");
    taken(tryLock(path)).release();
  });

  test("within one process, a holder that has not yet written its number is unknown", () => {
    const lock = acquireLock(path);
    writeFileSync(path, "");
    expect(tryLock(path)).toEqual({ holder: undefined });
    writeFileSync(path, "rubbish");
    expect(failureOf(() => acquireLock(path)).message).toContain("another process");
    lock.release();
  });

  test("within one process, a lock file that cannot be opened is a Failure that names it", () => {
    const missing = join(folder, "missing", "lock");
    const failure = failureOf(() => tryLock(missing));
    expect([failure.code, failure.message]).toEqual(["file-unusable", `cannot use the lock file ${missing}`]);
  });
});

describe("between processes", () => {
  test("between processes, the loser is told who holds the lock", async () => {
    const { holder } = await startHolder();
    expect(tryLock(path)).toEqual({ holder: holder.pid });
    const failure = failureOf(() => acquireLock(path));
    expect(failure.code).toBe("lock-held");
    expect(failure.message).toContain(`the process ${holder.pid} holds the lock ${path}`);
  });

  test("between processes, an empty file, however old, holds nothing", () => {
    writeFileSync(path, "");
    taken(tryLock(path)).release();
  });

  test("between processes, a process that inherits the descriptor holds the lock too, until the last of them lets go", async () => {
    const lock = acquireLock(path);
    const heir = Bun.spawn(["sleep", "60"], { stdio: ["ignore", "ignore", "ignore", lock.descriptor] });
    holders.push(heir);
    lock.release();
    expect(tryLock(path)).toEqual({ holder: undefined });
    heir.kill("SIGKILL");
    await heir.exited;
    taken(tryLock(path)).release();
  });

  test("between processes, an inherited lock can be described and given up like any other", () => {
    const lock = inheritLock(acquireLock(path).descriptor);
    lock.describe({ pid: 4_711 });
    expect(tryLock(path)).toEqual({ holder: 4_711 });
    lock.release();
    expect(readFileSync(path, "utf8")).toBe("");
    taken(tryLock(path)).release();
  });

  test("between processes, a killed holder holds nothing", async () => {
    const { holder } = await startHolder();
    holder.kill("SIGKILL");
    await holder.exited;
    taken(tryLock(path)).release();
  });

  test("between processes, a child that outlives the holder does not keep the lock", async () => {
    const { holder, child } = await startHolder("with-child");
    try {
      holder.kill("SIGKILL");
      await holder.exited;
      // A child keeps what its parent had open until it has become its program.
      (await lockWhenFree(path, { milliseconds: 60_000 })).release();
      expect(process.kill(child, 0)).toBe(true);
    } finally {
      process.kill(child, "SIGKILL");
    }
  });
});

describe("waiting", () => {
  test("the lock is taken once it is free", async () => {
    const { holder } = await startHolder();
    const waiting = lockWhenFree(path, { milliseconds: 60_000 });
    holder.stdin.end();
    (await waiting).release();
    expect(await holder.exited).toBe(0);
  });

  test("a wait that reaches its deadline names the holder", async () => {
    const lock = acquireLock(path);
    const failure = await rejectionOf(lockWhenFree(path, { milliseconds: 150 }));
    expect(failure.code).toBe("lock-held");
    expect(failure.message).toContain(String(process.pid));
    lock.release();
  });

  test("a signal ends the wait at once", async () => {
    const lock = acquireLock(path);
    const end = new AbortController();
    const waiting = lockWhenFree(path, { milliseconds: 60_000, signal: end.signal });
    end.abort();
    expect((await rejectionOf(waiting)).code).toBe("lock-held");
    lock.release();
  });
});

describe("the C library", () => {
  test("the C library has one name on macOS, two on Linux and none elsewhere", () => {
    expect(libraryNames("darwin", "arm64")).toEqual(["libSystem.B.dylib"]);
    expect(libraryNames("linux", "x64")).toEqual(["libc.so.6", "libc.musl-x86_64.so.1"]);
    expect(libraryNames("linux", "arm64")).toEqual(["libc.so.6", "libc.musl-aarch64.so.1"]);
    expect(libraryNames("win32", "x64")).toEqual([]);
  });

  test("the C library makes a named pipe for the owner alone, and says which one it cannot make", () => {
    const pipe = join(folder, "pipe ü");
    makeNamedPipe(pipe);
    expect(statSync(pipe).isFIFO()).toBe(true);
    expect(modeOf(pipe)).toBe(0o600);
    expect(failureOf(() => makeNamedPipe(pipe)).message).toBe(`cannot create the pipe ${pipe}`);
  });

  test("the C library answers madvise, and -1 to what is not a mapping", () => {
    expect(libc().madvise(0n, 0n, 0)).toBe(0);
    expect(libc().madvise(1n, 4096n, 0)).toBe(-1);
  });
});

/** A process that holds the lock when the promise resolves. */
async function startHolder(mode = "alone") {
  const holder = Bun.spawn([process.execPath, join(import.meta.dir, "lock-holder.ts"), path, mode], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  holders.push(holder);
  const { value } = await holder.stdout.getReader().read();
  const report: unknown = JSON.parse(new TextDecoder().decode(value));
  if (typeof report !== "object" || report === null || !("child" in report) || typeof report.child !== "number") {
    throw new Error("the holder did not report");
  }
  return { holder, child: report.child };
}

function taken(attempt: ReturnType<typeof tryLock>): Lock {
  if ("release" in attempt) return attempt;
  throw new Error(`the lock is held by ${attempt.holder}`);
}
