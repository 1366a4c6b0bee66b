import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { Failure } from "../failure.ts";
import { keepOverExec, libc } from "../libc.ts";
import { pause } from "../waiting.ts";
import { PRIVATE_FILE } from "./files.ts";

/**
 * A lock between processes: flock(2) on a file. The kernel drops it when the holder's last descriptor closes, so no dead
 * process, and no later process with the same number, can hold it. The number in the file is only there to be shown.
 * The file itself is never removed: a second process could then lock a new file while the first still holds the old one.
 */
export type Lock = ReturnType<typeof heldLock>;

/** Who has the lock that we did not get; undefined while that process has not yet written its number. */
interface LockHolder {
  readonly holder: number | undefined;
}

interface LockWait {
  /** How long to wait at most. */
  readonly milliseconds: number;
  /** How long between two attempts, in milliseconds; 100 by default. */
  readonly every?: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes the lock at `path` if it is free; its folder must exist.
 * Two calls within one process exclude each other as two processes do.
 * @throws Failure `file-unusable` where the file cannot be opened or written.
 */
export function tryLock(path: string): Lock | LockHolder {
  // The runtime opens every file close-on-exec, so a child that outlives us does not keep the lock (tests/platform).
  const file = openLockFile(path);
  try {
    // A file system without locks answers -1 as a held lock does, and errno is out of reach: it reads as held.
    const taken = libc().flock(file, EXCLUSIVE | DO_NOT_WAIT) === 0;
    if (taken) {
      const lock = heldLock(file);
      lock.describe({ pid: process.pid });
      return lock;
    }
    const holder = parseHolder(readFileSync(file, "utf8"));
    closeSync(file);
    return { holder };
  } catch (error) {
    closeSync(file);
    throw error instanceof Failure ? error : unusable(path, error);
  }
}

/** A lock that was inherited from the process that had it. @param descriptor as `Lock.descriptor` was there. */
export function inheritLock(descriptor: number): Lock {
  keepOverExec(descriptor, false);
  return heldLock(descriptor);
}

/** Takes the lock at `path` or fails at once. @throws Failure `lock-held`, which names the holder. */
export function acquireLock(path: string): Lock {
  const attempt = tryLock(path);
  if ("release" in attempt) return attempt;
  throw heldBy(attempt, path);
}

/**
 * Takes the lock at `path` as soon as it is free. It polls, because the kernel reports a freed flock only to a
 * thread that blocks in the call, and ours must go on serving.
 * @throws Failure `lock-held`, which names the holder, when the wait ends without the lock.
 */
export async function lockWhenFree(
  path: string,
  { milliseconds, every = POLL_MILLISECONDS, signal }: LockWait,
): Promise<Lock> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const attempt = tryLock(path);
    if ("release" in attempt) return attempt;
    const left = deadline - performance.now();
    if (left <= 0 || signal?.aborted === true) throw heldBy(attempt, path);
    await pause(Math.min(every, left), signal);
  }
}

/** flock(2); the numbers are the same on Linux and macOS. */
const EXCLUSIVE = 2;
const DO_NOT_WAIT = 4;

const POLL_MILLISECONDS = 100;

function openLockFile(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT, PRIVATE_FILE);
  } catch (error) {
    throw unusable(path, error);
  }
}

function heldLock(file: number) {
  let held = true;
  return {
    /** The open file that holds it: a process that inherits it holds it too. */
    descriptor: file,
    /** Writes into the file who holds the lock, for people and `doctor`. */
    describe(holder: Readonly<Record<string, string | number>>): void {
      ftruncateSync(file);
      writeSync(file, `${JSON.stringify(holder)}\n`, 0);
    },
    /** Leaves the lock to those who have inherited it. */
    leave(): void {
      if (held) closeSync(file);
      held = false;
    },
    /** Gives the lock up; further calls do nothing. */
    release(): void {
      if (!held) return;
      held = false;
      try {
        ftruncateSync(file);
      } finally {
        closeSync(file);
      }
    },
  };
}

/** A bare number is what former versions wrote. */
function parseHolder(text: string): number | undefined {
  const number = /^(?:\{"pid":)?([1-9]\d*)[,}\s]/.exec(text)?.[1];
  return number === undefined ? undefined : Number(number);
}

function heldBy({ holder }: LockHolder, path: string): Failure {
  const who = holder === undefined ? "another process" : `the process ${holder}`;
  return new Failure("lock-held", `${who} holds the lock ${path}`, { hint: "wait until it has ended, or stop it" });
}

function unusable(path: string, cause: unknown): Failure {
  return new Failure("file-unusable", `cannot use the lock file ${path}`, {
    hint: "its folder must exist and be writable, and its disk have room",
    cause,
  });
}
