import { contain } from "../../platform/containment.ts";
import { startTimer } from "../../platform/timers.ts";
import type { Trunk } from "./trunk.ts";

/** How long a request waits for a connection, in milliseconds. */
export const TRUNK_WAIT_MS = 10_000;

/**
 * Connections that can carry the same requests: a client's threads, or the providers of one token. They take turns;
 * docs/protocols/linksocks.md#balancing.
 */
export type TrunkPool = ReturnType<typeof createTrunkPool>;

/** Whose the waiting is, for the loop watch. */
const PART = "LinkSocks requests";

export function createTrunkPool() {
  let trunks: readonly Trunk[] = [];
  let next = 0;
  let waiting = new Set<(trunk: Trunk) => void>();
  return {
    get size(): number {
      return trunks.length;
    },
    /** It has no connection, and nobody waits for one. */
    get isIdle(): boolean {
      return trunks.length === 0 && waiting.size === 0;
    },
    add(trunk: Trunk): void {
      trunks = [...trunks, trunk];
      const served = waiting;
      waiting = new Set();
      for (const serve of served) serve(trunk);
    },
    remove(trunk: Trunk): void {
      trunks = trunks.filter((other) => other !== trunk);
    },
    has: (trunk: Trunk): boolean => trunks.includes(trunk),
    /**
     * The next one; where there is none, the first that comes within `milliseconds` and before `signal` aborts, or
     * undefined.
     */
    pick(milliseconds: number, signal?: AbortSignal): Trunk | Promise<Trunk | undefined> {
      const trunk = trunks[next % Math.max(1, trunks.length)];
      if (trunk === undefined) return wait(milliseconds, signal);
      next = (next + 1) % trunks.length;
      return trunk;
    },
  };

  function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<Trunk | undefined> {
    const giveUp = contain(PART, () => {
      waiting.delete(serve);
      serve(undefined);
    });
    const { promise, resolve } = Promise.withResolvers<Trunk | undefined>();
    const timer = startTimer(PART, milliseconds, giveUp);
    signal?.addEventListener("abort", giveUp, { once: true });
    waiting.add(serve);
    return promise;

    function serve(trunk: Trunk | undefined): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      resolve(trunk);
    }
  }
}
