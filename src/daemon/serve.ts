import { letGo } from "../platform/containment.ts";
import { EXIT } from "../platform/exit-codes.ts";
import { describeError } from "../platform/failure.ts";
import { LOOP_WATCH } from "../platform/loop-watch.ts";
import { handleSignal, takeHeldSignals } from "../platform/process/signals.ts";
import { startTimer } from "../platform/timers.ts";
import type { Composed, DaemonOptions } from "./compose-parts.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { installLastResort } from "./last-resort.ts";
import type { StateReason } from "./state/state-document.ts";
import { HANDOVER_VARIABLE, IN_PLACE } from "./succession/take-over.ts";

/** A stop takes at most 3.5 s; whatever hangs beyond that is left to the next daemon, which finds it on record. */
const STOP_WITHIN_MS = 8_000;

/** What ends a daemon. */
const ENDING_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/**
 * Runs the daemon in the foreground until a signal or a request ends it: the first signal stops the tunnels and exits with
 * 0, a second one kills them and exits with 1 at once; SIGHUP has a daemon with endpoints read their settings. A fault of
 * our own exits with 70 and leaves the tunnels up, for the next daemon to take over.
 * @returns only where the daemon could not start.
 * @throws Failure as `startDaemon`.
 */
export async function serve(options: Omit<DaemonOptions, "onComposed" | "onStop" | "onSucceeded">): Promise<void> {
  let stopping = false;
  let daemon: Daemon | undefined;
  let crash: Composed["crash"] | undefined;
  // Before any door opens: whoever finds one open may end us.
  for (const signal of ENDING_SIGNALS) {
    handleSignal(signal, () => {
      if (stopping) {
        daemon?.kill();
        process.exit(EXIT.failed);
      }
      if (signal === "SIGHUP" && daemon?.reload() === true) return;
      options.say(`Received ${signal}, shutting down...`);
      stop(`signal-${signal}`);
    });
  }
  handleSignal("SIGUSR1", () => daemon?.describe());
  // The program that this process was before has them wait.
  if (options.environment[HANDOVER_VARIABLE] === IN_PLACE) takeHeldSignals(options.environment);
  const starting = startDaemon({
    ...options,
    onComposed(composed) {
      crash = composed.crash;
      installLastResort({ ...composed, say: options.say, exit: () => process.exit(EXIT.fault) });
    },
    onStop: stop,
    onSucceeded: () => process.exit(EXIT.done),
  });
  daemon = await starting;
  // Who came during the start has waited for that, and not for a turn of the loop.
  LOOP_WATCH.beginAnew();

  function stop(reason: StateReason): void {
    if (stopping) return;
    stopping = true;
    startTimer("stop", STOP_WITHIN_MS, () => {
      crash?.("forced-exit", `the stop took longer than ${STOP_WITHIN_MS / 1_000} s`, undefined);
      process.exit(EXIT.failed);
    });
    const ending = starting.then(
      (started) => end(started, reason),
      // Who called `serve` is told.
      () => undefined,
    );
    letGo("stop", ending, () => process.exit(EXIT.failed));
  }

  async function end(started: Daemon, reason: StateReason): Promise<void> {
    try {
      await started.stop(reason);
    } catch (error) {
      options.say(`stopping failed: ${describeError(error)}`);
      process.exit(EXIT.failed);
    }
    process.exit(EXIT.done);
  }
}
