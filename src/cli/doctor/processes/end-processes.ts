import { describeError, systemCode } from "../../../platform/failure.ts";
import { isStillRunning, mayBeRunning, type ProcessIdentity } from "../../../platform/process/process-identity.ts";
import { pause } from "../../../platform/waiting.ts";
import type { FoundProcess } from "./classify-processes.ts";

/** How long each signal gets, in milliseconds; reference page daemon-lifecycle-and-remote.md section 4.2. */
export const END_LIMITS = { SIGTERM: 1_000, SIGKILL: 1_000 } as const;

type Signal = keyof typeof END_LIMITS;

export interface EndedProcess {
  readonly pid: number;
  readonly category: FoundProcess["category"];
  /** `gone`: it had ended by itself. */
  readonly outcome: Signal | "gone" | "failed";
  /** Why it failed; null otherwise. */
  readonly error: string | null;
}

/** Ends all of them at once: SIGTERM, then SIGKILL. None is signalled that is not certainly still the one that was found. */
export function endProcesses(
  processes: readonly FoundProcess[],
  limits: { readonly [signal in Signal]: number } = END_LIMITS,
): Promise<readonly EndedProcess[]> {
  return Promise.all(
    processes.map(async ({ pid, category, identity }) => ({ pid, category, ...(await end(identity, limits)) })),
  );
}

async function end(
  known: ProcessIdentity | undefined,
  limits: { readonly [signal in Signal]: number },
): Promise<Pick<EndedProcess, "outcome" | "error">> {
  if (known === undefined) return { outcome: "failed", error: "it belongs to another user" };
  let outcome: Signal | "gone" = "gone";
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!isStillRunning(known)) return { outcome, error: null };
    const refusal = send(known.pid, signal);
    if (refusal !== undefined) return { outcome: "failed", error: refusal };
    outcome = signal;
    if (await endsWithin(known, limits[signal])) return { outcome, error: null };
  }
  return { outcome: "failed", error: "it does not end, not even by SIGKILL: the system holds it" };
}

/** @returns why the signal was refused; a process that has just ended refuses none. */
function send(pid: number, signal: Signal): string | undefined {
  try {
    process.kill(pid, signal);
    return undefined;
  } catch (error) {
    if (systemCode(error) === "ESRCH") return undefined;
    return systemCode(error) === "EPERM" ? "it belongs to another user" : describeError(error);
  }
}

async function endsWithin(known: ProcessIdentity, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (mayBeRunning(known)) {
    if (performance.now() > deadline) return !isStillRunning(known);
    await pause(10);
  }
  return true;
}
