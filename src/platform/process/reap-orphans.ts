import { readdirSync } from "node:fs";
import { contain } from "../containment.ts";
import { attemptOr } from "../failure.ts";
import { readTextIfThere } from "../files/files.ts";
import { libc } from "../libc.ts";
import { startTimer } from "../timers.ts";
import { readProcessStat } from "./proc.ts";

/** The runtime reaps its own children within milliseconds; what is still dead after that is nobody's. */
const LOOK_MS = 1_000;

let timer: ReturnType<typeof setTimeout> | undefined;
/** Dead at the last look. */
let seen: readonly number[] = [];

/**
 * Reaps children that the runtime does not know: those of strangers, which fall to process 1, and those that this process
 * had before it became another program.
 */
export function reapOrphans(): void {
  process.on("SIGCHLD", contain("reaper", lookSoon));
  lookSoon();
}

function lookSoon(): void {
  if (timer !== undefined) return;
  timer = startTimer("reaper", LOOK_MS, () => {
    timer = undefined;
    const dead = listDeadChildren();
    for (const pid of dead) if (seen.includes(pid)) libc().waitpid(pid, null, DO_NOT_WAIT);
    seen = dead;
    if (dead.length > 0) lookSoon();
  });
  timer.unref();
}

/** WNOHANG of waitpid(2). */
const DO_NOT_WAIT = 1;

/** proc(5), /proc/pid/task/tid/children: each thread has its own. */
function listDeadChildren(): readonly number[] {
  const threads = attemptOr([], () => readdirSync("/proc/self/task"));
  const children = threads.flatMap((thread) => readTextIfThere(`/proc/self/task/${thread}/children`)?.split(" ") ?? []);
  return children
    .map(Number)
    .filter((pid) => pid > 0 && attemptOr(false, () => readProcessStat(pid)?.isZombie === true));
}
