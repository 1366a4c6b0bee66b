import { startTimer } from "../../platform/timers.ts";
import { onAbort } from "../../platform/waiting.ts";
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
  let waiting = new Set<(trunk: Trunk | undefined) => void>();
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

  async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<Trunk | undefined> {
    const { promise, resolve } = Promise.withResolvers<Trunk | undefined>();
    waiting.add(resolve);
    const timer = startTimer(PART, milliseconds, giveUp);
    using _ = signal && onAbort(signal, giveUp);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }

    function giveUp(): void {
      waiting.delete(resolve);
      resolve(undefined);
    }
  }
}
