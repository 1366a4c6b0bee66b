import { describeError } from "../platform/failure.ts";
import { RUNTIME_OPTIONS } from "../platform/runtime-options.ts";
import { ownCommand } from "../platform/self.ts";
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

/**
 * The runtime's options are read when the process starts, so the program replaces itself once where they are missing.
 * Same process number, 5 ms. An option that is set already is left as it is.
 */
export function restartWithRuntimeOptions(): void {
  const isSet = Object.keys(RUNTIME_OPTIONS).every((name) => process.env[name] !== undefined);
  if (isSet || process.execve === undefined) return;
  const environment = { ...RUNTIME_OPTIONS, ...process.env };
  process.execve(process.execPath, [...ownCommand(), ...process.argv.slice(2)], environment);
}
