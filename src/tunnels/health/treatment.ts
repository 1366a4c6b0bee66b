import { settlesWithin } from "../../platform/waiting.ts";
import type { Remedy } from "./remedy.ts";
import type { Verdict } from "./signal.ts";
import type { RunWatch } from "./watch-run.ts";

/** How often a peer's name is asked for while it cannot be reached, in milliseconds. */
const NAME_EVERY_MS = 30_000;
const NAME_WITHIN_MS = 5_000;
/** A restart that did not help is not repeated before this time, in milliseconds. */
const CURE_AGAIN_MS = 600_000;

export interface TreatmentParts {
  /** There are other configs to carry the tunnel. */
  readonly hasFailover: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Chooses what to do about one tunnel that is not well, by what was done before; over all its runs. */
export function createTreatment({ hasFailover, now }: TreatmentParts) {
  let troubleSince: number | undefined;
  let restarted = false;
  let restartedAt = Number.NEGATIVE_INFINITY;
  let networkChangedAt = Number.NEGATIVE_INFINITY;
  let askedNameAt = Number.NEGATIVE_INFINITY;

  return {
    networkChanged() {
      networkChangedAt = performance.now();
    },
    /** Takes note of a verdict. */
    note({ health, cause }: Verdict) {
      if (cause !== null) {
        troubleSince ??= performance.now();
        return;
      }
      troubleSince = undefined;
      // A new process that nobody has used yet says nothing about the cure.
      if (health === "healthy" || performance.now() - restartedAt > CURE_AGAIN_MS) restarted = false;
    },
    /** What to do about the verdict that was noted last; it counts as done. */
    async choose(watch: RunWatch, { health, cause }: Verdict): Promise<Remedy> {
      if (cause === null) return "wait";
      const moved = await hasMoved(watch);
      if (watch.isOver) return "wait";
      const { counters } = watch;
      const remedy = cause.remedy({
        health,
        lasting: performance.now() - (troubleSince ?? performance.now()),
        sinceNetworkChange: performance.now() - networkChangedAt,
        handshakeAge: counters?.handshakeAt == null ? null : now() - counters.handshakeAt,
        restarted,
        moved,
        hasFailover,
      });
      if (remedy === "wait") return "wait";
      restarted = true;
      restartedAt = performance.now();
      if (remedy === "failover") troubleSince = undefined;
      return remedy;
    },
  };

  async function hasMoved({ running, counters }: RunWatch): Promise<boolean> {
    if (counters === null || performance.now() - askedNameAt < NAME_EVERY_MS) return false;
    askedNameAt = performance.now();
    const answer = running.hasMoved(counters).catch(() => false);
    return (await settlesWithin(answer, NAME_WITHIN_MS)) && (await answer);
  }
}
