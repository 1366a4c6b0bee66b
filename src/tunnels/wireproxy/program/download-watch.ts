import { Failure } from "../../../platform/failure.ts";

export interface DownloadLimits {
  /** The largest archive that is accepted. */
  readonly bytes: number;
  /** The longest time without a byte, the answer's first one included. */
  readonly stallMilliseconds: number;
  /** The longest time for the whole download. */
  readonly totalMilliseconds: number;
}

/** Ends a download that stalls, takes too long or is cancelled, and remembers which. */
export interface DownloadWatch {
  readonly signal: AbortSignal;
  /** A byte has arrived. */
  touch(): void;
  /** Why it was ended, if it was. */
  reason(): Failure | undefined;
  /** Clears the timers and hangs up. */
  stop(): void;
}

/** Starts both clocks; `shown` names the source in the reasons. */
export function startWatch(shown: string, limits: DownloadLimits, cancel: AbortSignal | undefined): DownloadWatch {
  const controller = new AbortController();
  let reason: Failure | undefined;
  const end = (what: string): void => {
    reason ??= downloadFailed(`${what}: ${shown}`);
    controller.abort(reason);
  };
  const cancelled = (): void => end("the download was cancelled");
  const stalled = (): void => end(`no byte arrived for ${limits.stallMilliseconds / 1000} s`);
  const tooLong = (): void => end(`the download took longer than ${limits.totalMilliseconds / 1000} s`);
  let stallTimer = setTimeout(stalled, limits.stallMilliseconds);
  const totalTimer = setTimeout(tooLong, limits.totalMilliseconds);
  if (cancel?.aborted === true) cancelled();
  cancel?.addEventListener("abort", cancelled, { once: true });
  return {
    signal: controller.signal,
    touch() {
      clearTimeout(stallTimer);
      stallTimer = setTimeout(stalled, limits.stallMilliseconds);
    },
    reason: () => reason,
    stop() {
      clearTimeout(stallTimer);
      clearTimeout(totalTimer);
      cancel?.removeEventListener("abort", cancelled);
      controller.abort();
    },
  };
}

/** The failure of a download, with what the user can do about it. */
export function downloadFailed(message: string, cause?: unknown): Failure {
  return new Failure("download-failed", message, {
    hint: "check the network, set wireproxy.mirror, or install wireproxy by hand and set wireproxy.path",
    cause,
  });
}
