import type { SignEvent, Vitals } from "../driver/vitals.ts";
import { measureMovement } from "./movement.ts";
import { type Facts, judgeGood, type Signal, seconds, type Verdict } from "./signal.ts";
import { SIGNALS } from "./signals.ts";
import { HEALTH_LIMITS } from "./thresholds.ts";

export type Weigher = ReturnType<typeof createWeigher>;

/**
 * Weighs all that is known of one run of a tunnel. Times are milliseconds of a clock that only moves forward.
 * @param epoch gives milliseconds since the epoch. With it the first look at a process that has long been running already
 * tells when its peer last answered.
 */
export function createWeigher(epoch?: () => number) {
  const signals: readonly Signal[] = Object.values(SIGNALS).map((track) => track());
  const measure = measureMovement();
  let heardAt: number | null = null;
  let lastLook: number | undefined;
  let isBusy = false;

  return {
    observe({ signs, counters }: Vitals, now: number): void {
      const isFirst = lastLook === undefined;
      lastLook = now;
      for (const event of signs) note(event);
      if (isFirst && counters !== null) heardAt ??= lastAnswer(counters.handshakeAt, now);
      const movement = counters === null ? undefined : measure(counters, now);
      for (const signal of signals) signal.look?.({ now, heard: signs.some(isSignOfLife), movement });
      if (movement?.received) hear(now);
      isBusy = signs.some(({ sign }) => sign === "wanted") || movement?.received === true || movement?.wanted === true;
    },
    verdict(facts: Facts, now: number): Verdict {
      const { probe } = facts;
      if (probe === "ok") hear(now);
      if (probe !== null) for (const signal of signals) signal.probed?.(probe);
      const sendFailure = findKnown((signal) => signal.sendFailure?.())[0];
      const found = findKnown((signal) => signal.judge({ ...facts, sendFailure, now }));
      return found.find(({ health }) => health === "down") ?? found[0] ?? judgeTraffic(now);
    },
    /** How long to wait before the next look. */
    nextLookMs(): number {
      const doubts = findKnown((signal) => signal.doubtSince?.());
      const isFresh = lastLook !== undefined && lastLook - Math.min(...doubts) < HEALTH_LIMITS.closeWatch;
      if (doubts.length > 0 && isFresh) return HEALTH_LIMITS.doubtfulLook;
      return isBusy ? HEALTH_LIMITS.busyLook : HEALTH_LIMITS.quietLook;
    },
  };

  function note(event: SignEvent): void {
    for (const signal of signals) signal.note?.(event);
    if (isSignOfLife(event)) hear(event.at);
  }

  function hear(at: number): void {
    heardAt = at;
    for (const signal of signals) signal.hear?.();
  }

  function findKnown<Found>(ask: (signal: Signal) => Found | undefined): readonly Found[] {
    return signals.map(ask).filter((found) => found !== undefined);
  }

  function lastAnswer(handshakeAt: number | null, now: number): number | null {
    if (handshakeAt === null || epoch === undefined) return null;
    const age = epoch() - handshakeAt;
    return age < 0 ? null : now - age;
  }

  /** A tunnel without traffic is silent by design: nothing can be said of it, and nothing is wrong. */
  function judgeTraffic(now: number): Verdict {
    if (heardAt === null) return judgeGood("idle", "no traffic yet");
    if (now - heardAt <= HEALTH_LIMITS.freshness) return judgeGood("healthy", "its peer answers");
    return judgeGood("idle", `no traffic in the last ${seconds(HEALTH_LIMITS.freshness)}`);
  }
}

function isSignOfLife({ sign }: SignEvent): boolean {
  return sign === "answered" || sign === "heard";
}
