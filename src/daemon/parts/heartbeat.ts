import { statSync } from "node:fs";
import { createBackoff } from "../../net/backoff.ts";
import type { Audit } from "../../platform/audit.ts";
import { letGo } from "../../platform/containment.ts";
import { attemptOr, describeError } from "../../platform/failure.ts";
import { startInterval } from "../../platform/timers.ts";
import type { Part } from "../part.ts";
import type { StateFile } from "../state/state-file.ts";

/** One wake-up a minute. */
const PERIOD_MS = 60_000;
/** Beats without our own executable on disk, after which the audit log says so; an update may take it away for a while. */
const MISSES = 5;
/** Hand-overs within ten minutes, after which no more are begun from here: two installs must not replace each other for ever. */
const MOST_HAND_OVERS = 2;
/** Waits after a successor that failed, in milliseconds. */
const DELAYS_MS = [60_000, 300_000, 900_000, 3_600_000] as const;

interface HeartbeatParts {
  readonly state: StateFile;
  /** Our own executable; undefined: it cannot be replaced (we run from source). */
  readonly executable: string | undefined;
  /** Lets the program at the path take over. @throws Failure `handover-failed`. */
  readonly handOver: (program: string) => Promise<unknown>;
  readonly onStop: (reason: "lost-ownership") => void;
  readonly audit: Audit;
  /** A beat is over. */
  readonly onBeat: () => void;
  /** Milliseconds between two beats. */
  readonly period?: number;
}

/**
 * Once a minute: writes that we live, and looks whether our own executable was replaced on disk, which then takes over.
 */
export function createHeartbeat(parts: HeartbeatParts) {
  const { state, executable, audit } = parts;
  let own: string | undefined;
  let tried: string | undefined;
  let misses = 0;
  const backoff = createBackoff({ delays: DELAYS_MS, jitter: 0 });
  let notBefore = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  return {
    name: "heartbeat",
    open() {
      own = stampOf(executable);
      tried = own;
      begin();
    },
    // A daemon that has been succeeded hands over to nobody else.
    freeze: end,
    resume: begin,
    stop: end,
    /** Whether another program lies where ours was started from. */
    hasNewerProgram(): boolean {
      const stamp = stampOf(executable);
      return own !== undefined && stamp !== undefined && stamp !== own;
    },
  } satisfies Part & Record<string, unknown>;

  function begin(): void {
    timer = startInterval("heartbeat", parts.period ?? PERIOD_MS, () => {
      beat();
      parts.onBeat();
    });
    timer.unref();
  }

  function end(): void {
    clearInterval(timer);
  }

  function beat(): void {
    if (!state.beat()) parts.onStop("lost-ownership");
    if (executable === undefined || own === undefined) return;
    const stamp = stampOf(executable);
    misses = stamp === undefined ? misses + 1 : 0;
    // What runs is whole in memory, and tunnels must not end because somebody tidied up.
    if (misses === MISSES) audit("ERROR", `${executable} is gone; this daemon goes on without it`);
    // A file that is the same twice is written to its end.
    const isNew = stamp !== undefined && stamp !== own && stamp === tried;
    if (isNew && performance.now() >= notBefore && state.recentHandOvers() < MOST_HAND_OVERS) replace(executable);
    tried = stamp;
  }

  function replace(program: string): void {
    audit("INFO", `${program} was replaced on disk: handing over to it`);
    const handingOver = parts.handOver(program).catch((error) => {
      const wait = backoff.next();
      notBefore = performance.now() + wait;
      state.setState("running", "ready", `hand-over failed: ${describeError(error)}`);
      audit("ERROR", `hand-over failed, tried again in ${wait / 60_000} min: ${describeError(error)}`);
    });
    letGo("heartbeat", handingOver);
  }
}

/** What cannot be looked at is not there. */
function stampOf(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  return attemptOr(undefined, () => {
    const { dev, ino, size, mtimeMs } = statSync(path);
    return `${dev} ${ino} ${size} ${mtimeMs}`;
  });
}
