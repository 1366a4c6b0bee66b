import type { Counters, SignEvent } from "../driver/vitals.ts";
import { measureMovement } from "./movement.ts";
import type { BadVerdict, Circumstances, Facts, Signal } from "./signal.ts";
import { SIGNALS } from "./signals.ts";
import { HEALTH_LIMITS } from "./thresholds.ts";

export type PeerWatch = ReturnType<typeof watchPeer>;

/**
 * Gathers what is known of one peer. Times are milliseconds of a clock that only moves forward.
 * @param epoch gives milliseconds since the epoch; without it the age of the peer's keys is not known.
 */
export function watchPeer(epoch?: () => number) {
  const signals: readonly Signal[] = Object.values(SIGNALS.peer).map((track) => track());
  const measure = measureMovement();
  let endpoint: string | null = null;
  let heardAt: number | null = null;
  let isFirst = true;

  return {
    /** `ip:port`; null where it is not known. */
    get endpoint() {
      return endpoint;
    },
    get heardAt() {
      return heardAt;
    },
    hear,
    note(event: SignEvent): void {
      for (const signal of signals) signal.note?.(event);
      if (isSignOfLife(event)) hear(event.at);
    },
    /**
     * One look, after its events were noted.
     * @returns whether anything moves that is worth looking at more often.
     */
    look(counters: Counters | undefined, events: readonly SignEvent[], now: number): boolean {
      const age = counters === undefined ? undefined : ageOf(counters.handshakeAt);
      if (counters !== undefined) {
        endpoint = counters.endpoint;
        if (isFirst && age !== undefined && age >= 0 && Number.isFinite(age)) heardAt ??= now - age;
        isFirst = false;
      }
      const movement = counters === undefined ? undefined : measure(counters, now);
      const hasSession = age === undefined ? undefined : age < HEALTH_LIMITS.sessionLife;
      const look = { now, heard: events.some(isSignOfLife), movement, hasSession };
      for (const signal of signals) signal.look?.(look);
      // What came before a loss says nothing of the time after it.
      const isLost = events.some(({ sign }) => sign === "lost");
      if (movement?.received && !isLost) hear(now);
      return movement?.received === true || movement?.wanted === true;
    },
    judge({ hasRoute, ...facts }: Facts, now: number): readonly BadVerdict[] {
      const circumstances = { ...facts, now, sendFailure: findKnown(signals, (signal) => signal.sendFailure?.())[0] };
      const found = judgeBy({ ...circumstances, networkUp: true });
      if (found.length === 0 || hasRoute(endpoint)) return found;
      return judgeBy({ ...circumstances, networkUp: false });
    },
    doubts: (): readonly number[] => findKnown(signals, (signal) => signal.doubtSince?.()),
  };

  function hear(at: number): void {
    heardAt = at;
    for (const signal of signals) signal.hear?.();
  }

  function judgeBy(circumstances: Circumstances): readonly BadVerdict[] {
    return findKnown(signals, (signal) => signal.judge(circumstances));
  }

  /** Infinite before the first handshake; undefined where nobody can tell. */
  function ageOf(handshakeAt: number | null): number | undefined {
    if (epoch === undefined) return undefined;
    return handshakeAt === null ? Number.POSITIVE_INFINITY : epoch() - handshakeAt;
  }
}

export function findKnown<Found>(
  signals: readonly Signal[],
  ask: (signal: Signal) => Found | undefined,
): readonly Found[] {
  return signals.map(ask).filter((found) => found !== undefined);
}

function isSignOfLife({ sign }: SignEvent): boolean {
  return sign === "answered" || sign === "heard";
}
