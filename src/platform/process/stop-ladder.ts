import { pause } from "../waiting.ts";
import { isStillRunning, mayBeRunning, type ProcessIdentity } from "./process-identity.ts";

/** SIGTERM asks a process to end in good order, SIGKILL ends it; no third one follows. */
const SIGNALS = ["SIGTERM", "SIGKILL"] as const;

export type StopSignal = (typeof SIGNALS)[number];

/** How long a process gets after each signal, in milliseconds. */
export type StopLimits = { readonly [signal in StopSignal]: number };

/**
 * Ends a process: SIGTERM, and SIGKILL where that does not do.
 * @param send sends a signal; what it throws ends the attempt.
 * @param endsWithin whether the process ends within so many milliseconds.
 * @returns the signal after which it ended; undefined where it survives both.
 */
export async function climbStopLadder(
  limits: StopLimits,
  send: (signal: StopSignal) => void,
  endsWithin: (milliseconds: number) => Promise<boolean>,
): Promise<StopSignal | undefined> {
  for (const signal of SIGNALS) {
    send(signal);
    if (await endsWithin(limits[signal])) return signal;
  }
  return undefined;
}

/** Whether a process that need not be our child ends within so many milliseconds; it is checked every 20 ms. */
export async function endsWithin(known: ProcessIdentity, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (mayBeRunning(known)) {
    if (performance.now() > deadline) return !isStillRunning(known);
    await pause(20);
  }
  return true;
}
