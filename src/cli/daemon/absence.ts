import { type RecordedDaemon, readRecordedDaemon } from "../../daemon/state/recorded-daemon.ts";
import { Failure, type FailureCode } from "../../platform/failure.ts";
import type { Paths } from "../../platform/files/paths.ts";

const START_ONE = "start one with: wpdaemon start";

/** Why no daemon answers on the control socket, and how the last one ended. @throws Failure `state-corrupt`. */
export function explainAbsence(paths: Pick<Paths, "state" | "home">): Failure {
  const last = readRecordedDaemon(paths);
  if (last === undefined) {
    return new Failure("daemon-not-started", `no daemon runs for ${paths.home}`, { hint: START_ONE });
  }
  if (last.process !== undefined) {
    const message = `the daemon (process ${last.process.pid}) runs, but nobody listens for commands`;
    const hint = "it may be starting or stopping; wpdaemon stop ends one that hangs";
    return new Failure("daemon-unreachable", message, { hint });
  }
  return new Failure("daemon-not-running", `no daemon runs for ${paths.home}; the last one ${describeEnd(last)}`, {
    hint: START_ONE,
  });
}

function describeEnd({ state, stateReason, stateDetail, stateSince }: RecordedDaemon): string {
  // Nobody knows when a daemon was killed.
  const since = stateSince === undefined || stateReason === "detected-dead" ? "" : ` at ${stateSince}`;
  return `${state} (${stateReason})${since}${stateDetail === null ? "" : `: ${stateDetail}`}`;
}

const ABSENT: readonly FailureCode[] = ["daemon-not-started", "daemon-not-running", "daemon-unreachable"];

/** Whether a call failed because there is no daemon that could answer. */
export function isAbsence(error: unknown): error is Failure {
  return error instanceof Failure && ABSENT.includes(error.code);
}

/** What `ask` gives, or undefined where no daemon answers. @throws what else `ask` throws. */
export async function unlessAbsent<Answer>(ask: Promise<Answer>): Promise<Answer | undefined> {
  return await ask.catch((error: unknown) => {
    if (isAbsence(error) || (error instanceof Failure && error.code === "state-corrupt")) return undefined;
    throw error;
  });
}
