import { describeError } from "../platform/failure.ts";
import { type DaemonOptions, startDaemon } from "./daemon.ts";

/** A stop takes at most 3.5 s; whatever hangs beyond that is left to the next daemon, which finds it on record. */
const STOP_WITHIN_MS = 4_500;

/**
 * Runs the daemon in the foreground until a signal ends it: the first stops the tunnels and exits with 0, a second one
 * kills them and exits with 1 at once.
 * @returns only where the daemon could not start.
 * @throws Failure as `startDaemon`.
 */
export async function serve(options: DaemonOptions): Promise<void> {
  const daemon = await startDaemon(options);
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stopping) {
        daemon.kill();
        process.exit(1);
      }
      stopping = true;
      options.say(`Received ${signal}, shutting down...`);
      const tooLate = setTimeout(() => process.exit(1), STOP_WITHIN_MS);
      daemon.stop().then(
        () => {
          clearTimeout(tooLate);
          process.exit(0);
        },
        (error) => {
          options.say(`stopping failed: ${describeError(error)}`);
          process.exit(1);
        },
      );
    });
  }
}
