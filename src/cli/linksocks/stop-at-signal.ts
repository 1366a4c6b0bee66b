import type { LogLine } from "../../linksocks/options.ts";
import { EXIT } from "../output/report.ts";

/** What hangs longer than this in its stop is left to the system, in milliseconds. */
const STOP_WITHIN_MS = 5_000;

export interface Stopping extends Disposable {
  /** Resolves when a signal has come and `stop` is done; rejects as `stop` does. */
  readonly stopped: Promise<void>;
}

/**
 * Stops a role at the first SIGINT or SIGTERM, and ends the process with exit code 1 at a second one, or where the stop
 * hangs.
 */
export function stopAtSignal(stop: () => Promise<void>, log: LogLine): Stopping {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  process.on("SIGINT", take);
  process.on("SIGTERM", take);
  return {
    stopped: promise,
    [Symbol.dispose]() {
      clearTimeout(timer);
      process.off("SIGINT", take);
      process.off("SIGTERM", take);
    },
  };

  function take(signal: string): void {
    if (timer !== undefined) process.exit(EXIT.failed);
    log("info", `${signal}: stopping`);
    timer = setTimeout(() => {
      log("error", `the stop took longer than ${STOP_WITHIN_MS / 1_000} s`);
      process.exit(EXIT.failed);
    }, STOP_WITHIN_MS);
    stop().then(resolve, reject);
  }
}
