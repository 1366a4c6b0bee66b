import { describeError, systemCode } from "../../../platform/failure.ts";
import { isStillRunning, type ProcessIdentity } from "../../../platform/process/process-identity.ts";
import {
  climbStopLadder,
  endsWithin,
  type StopLimits,
  type StopSignal,
} from "../../../platform/process/stop-ladder.ts";
import type { FoundProcess } from "./classify-processes.ts";

/** How long each signal gets, in milliseconds. */
const END_LIMITS: StopLimits = { SIGTERM: 1_000, SIGKILL: 1_000 };

export interface EndedProcess {
  readonly pid: number;
  readonly category: FoundProcess["category"];
  /** `gone`: it had ended by itself. */
  readonly outcome: StopSignal | "gone" | "failed";
  /** Why it failed; null otherwise. */
  readonly error: string | null;
}

/** Ends all of them at once: SIGTERM, then SIGKILL. None is signalled that is not certainly still the one that was found. */
export function endProcesses(
  processes: readonly FoundProcess[],
  limits: StopLimits = END_LIMITS,
): Promise<readonly EndedProcess[]> {
  return Promise.all(
    processes.map(async ({ pid, category, identity }) => ({ pid, category, ...(await end(identity, limits)) })),
  );
}

async function end(
  known: ProcessIdentity | undefined,
  limits: StopLimits,
): Promise<Pick<EndedProcess, "outcome" | "error">> {
  if (known === undefined) return { outcome: "failed", error: "it belongs to another user" };
  if (!isStillRunning(known)) return { outcome: "gone", error: null };
  try {
    const outcome = await climbStopLadder(
      limits,
      (signal) => send(known.pid, signal),
      (milliseconds) => endsWithin(known, milliseconds),
    );
    if (outcome !== undefined) return { outcome, error: null };
    return { outcome: "failed", error: "it does not end, not even by SIGKILL: the system holds it" };
  } catch (error) {
    const isForeign = systemCode(error) === "EPERM";
    return { outcome: "failed", error: isForeign ? "it belongs to another user" : describeError(error) };
  }
}

/** A process that has just ended refuses no signal. */
function send(pid: number, signal: StopSignal): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
  }
}
