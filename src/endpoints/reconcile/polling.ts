import { letGo } from "../../platform/containment.ts";
import { startTimer } from "../../platform/timers.ts";
import type { EndpointSource, Listing } from "../endpoint.ts";

interface PollingParts {
  readonly source: EndpointSource;
  /** Makes what stands like the listing. */
  readonly apply: (listing: Listing) => Promise<void>;
  /** The source's answer is not known; what stands stays. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Asks a source again and again, as often as it wants to be asked, and never twice at once. The first time is at once.
 */
export function startPolling({ source, apply, onFailure }: PollingParts) {
  let isStopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let polling: Promise<void> = Promise.resolve();
  letGo("endpoints", poll());

  return {
    /** Asks now. Resolves once the answer is carried out, or was a failure. */
    poll,
    /** Resolves once what is under way is done. */
    settled: () => polling,
    /** Resolves once nothing is under way any more. */
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      await polling;
    },
  };

  function poll(): Promise<void> {
    polling = polling.then(pollOnce);
    return polling;
  }

  async function pollOnce(): Promise<void> {
    if (isStopped) return;
    clearTimeout(timer);
    try {
      await apply(await source.list());
    } catch (error) {
      if (!isStopped) onFailure(error);
    }
    const rest = source.restMs();
    if (rest === undefined || isStopped) return;
    timer = startTimer("endpoints", rest, () => letGo("endpoints", poll()));
  }
}
