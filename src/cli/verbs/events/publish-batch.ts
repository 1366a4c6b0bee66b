import type { PublishedEntry } from "../../../api/control/schemas.ts";
import { Failure } from "../../../platform/failure.ts";
import { pause } from "../../../platform/waiting.ts";
import { isAbsence } from "../../daemon/absence.ts";
import type { ControlClient } from "../../daemon/control-client.ts";

/** How long a daemon may be away: a restart, or a hand-over that waits for a tunnel. */
export const RETRY_MS = 30_000;

const BETWEEN_TRIES_MS = 200;

/**
 * Publishes events under a key of their own, so that a repetition after a lost answer doubles none.
 * @param events JSON texts.
 * @param retryMs how long to try again where no daemon answers, or one is just being replaced.
 * @returns one result for each event.
 * @throws Failure `timed-out` after that time; what the daemon refuses with otherwise, at once.
 */
export async function publishBatch(
  control: Pick<ControlClient, "publish">,
  events: readonly string[],
  retryMs: number,
): Promise<PublishedEntry["results"]> {
  const key = crypto.randomUUID();
  let deadline: number | undefined;
  for (;;) {
    try {
      return (await control.publish(events, key)).results;
    } catch (error) {
      if (!isPassing(error)) throw error;
      deadline ??= performance.now() + retryMs;
      if (performance.now() >= deadline) {
        throw new Failure("timed-out", `the daemon was not to be reached for ${retryMs / 1_000} s: ${error.message}`, {
          hint: error.hint,
          cause: error,
        });
      }
    }
    await pause(BETWEEN_TRIES_MS);
  }
}

/** Whether the daemon may be there again in a moment. */
function isPassing(error: unknown): error is Failure {
  if (isAbsence(error)) return true;
  return error instanceof Failure && (error.code === "timed-out" || error.code === "handover-failed");
}
