import { constants } from "node:os";
import { isatty } from "node:tty";
import { libc } from "../../platform/libc.ts";
import { handleSignal } from "../../platform/process/signals.ts";

/** What somebody sends to the process that they know. */
const FORWARDED = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;
/** A terminal sends these to all of its foreground. */
const OF_TERMINAL = ["SIGINT", "SIGQUIT"] as const;

/** Passes signals on to a command, waits for its end, and ends as it did. @param cleanUp called before. */
export async function endWithCommand(command: Bun.Subprocess, cleanUp: () => void): Promise<never> {
  for (const name of FORWARDED) handleSignal(name, () => command.kill(name));
  for (const name of OF_TERMINAL) handleSignal(name, () => void (isatty(0) || command.kill(name)));
  await command.exited;
  cleanUp();
  const [name, number] = Object.entries(constants.signals).find(([name]) => name === command.signalCode) ?? [];
  if (name === undefined || number === undefined) process.exit(command.exitCode ?? 1);
  process.removeAllListeners(name);
  libc().signal(number, 0);
  process.kill(process.pid, number);
  process.exit(128 + number);
}
