import { settlesWithin } from "../../platform/waiting.ts";

/** No request takes longer; what hangs beyond that is not waited for. */
const QUIET_WITHIN_MS = 4_500;

export type Gate = ReturnType<typeof createGate>;

/**
 * Where every request passes before it reaches the tunnels: while the daemon hands over, those that change something wait
 * here, and afterwards all are sent after the one who took over.
 */
export function createGate() {
  let inside = 0;
  let closed: PromiseWithResolvers<void> | undefined;
  let isRedirected = false;
  let whenEmpty = Promise.withResolvers<void>();

  return {
    /** Runs `ours`, or `elsewhere` once another daemon has taken over. */
    async pass<Result>(ours: () => Promise<Result>, elsewhere: () => Promise<Result>): Promise<Result> {
      while (closed !== undefined) await closed.promise;
      if (isRedirected) return await elsewhere();
      inside += 1;
      try {
        return await ours();
      } finally {
        inside -= 1;
        if (inside === 0) whenEmpty.resolve();
      }
    },
    /** As `pass`, for a request that changes nothing: it does not wait, and nobody waits for it. */
    look: <Result>(ours: () => Promise<Result>, elsewhere: () => Promise<Result>): Promise<Result> =>
      isRedirected ? elsewhere() : ours(),
    /** Lets nobody in any more and resolves once those inside are done. */
    async close(): Promise<void> {
      closed = Promise.withResolvers();
      whenEmpty = Promise.withResolvers();
      if (inside > 0) await settlesWithin(whenEmpty.promise, QUIET_WITHIN_MS);
    },
    open,
    /** Opens it for good, towards the other. */
    redirect(): void {
      isRedirected = true;
      open();
    },
  };

  function open(): void {
    closed?.resolve();
    closed = undefined;
  }
}
