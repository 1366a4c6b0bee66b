import type { SignEvent, Vitals } from "../driver/vitals.ts";
import { type Evidence, type Facts, judge, type Unheard } from "./judge.ts";
import { countSendFailures } from "./send-failures.ts";
import { watchSilence } from "./silence.ts";
import { HEALTH_LIMITS, type HealthLimits } from "./thresholds.ts";
import type { Judgement } from "./verdict.ts";

export interface Verdict extends Judgement {
  /** When the trouble began; null while there is none. */
  readonly episodeSince: number | null;
}

/** Weighs all that is known of a tunnel. Times are milliseconds of a clock that only moves forward. */
export interface Weigher {
  observe(vitals: Vitals, now: number): void;
  verdict(facts: Facts, now: number): Verdict;
  /** How long to wait before the next look. */
  nextLookMs(): number;
  /** Another process carries the tunnel from now on. */
  reset(): void;
}

/** Handshakes without answer before WireGuard gives up, 100 s long. */
const ALL_HANDSHAKES = 20;

/**
 * @param epoch gives milliseconds since the epoch. With it the first look at a process that has long been running already
 * tells when its peer last answered.
 */
export function createWeigher(limits: HealthLimits = HEALTH_LIMITS, epoch?: () => number): Weigher {
  let run = beginRun(limits);

  return {
    observe({ signs, counters }, now) {
      const isFirst = run.lastLook === undefined;
      run.lastLook = now;
      run.isBusy = signs.some(({ sign }) => sign === "wanted");
      for (const sign of signs) weighSign(sign);
      if (counters === null) {
        run.failures.settle(now, false);
        return;
      }
      if (isFirst) run.heardAt ??= lastAnswer(counters.handshakeAt, now);
      const heard = signs.some(({ sign }) => sign === "answered" || sign === "heard");
      const movement = run.silence.look(counters, heard, now);
      if (movement.received) hear(now);
      run.failures.settle(now, movement.received || movement.sent);
      run.isBusy ||= movement.received || movement.wanted;
    },
    verdict(facts, now) {
      if (facts.probe === "ok") hear(now);
      if (facts.probe !== null) run.failedProbes = facts.probe === "ok" ? 0 : run.failedProbes + 1;
      const judgement = judge(evidence(), facts, limits, now);
      run.episodeSince = judgement.cause === "none" ? null : (run.episodeSince ?? doubtSince() ?? now);
      return { ...judgement, episodeSince: run.episodeSince };
    },
    nextLookMs() {
      const since = doubtSince();
      const inDoubt = since !== undefined && run.lastLook !== undefined && run.lastLook - since < limits.closeWatch;
      if (inDoubt) return limits.doubtfulLook;
      return run.isBusy ? limits.busyLook : limits.quietLook;
    },
    reset() {
      run = beginRun(limits);
    },
  };

  function weighSign({ sign, at, detail }: SignEvent): void {
    const unheard = run.unheard ?? { since: at, handshakes: 0, detail: undefined };
    const { handshakes } = unheard;
    if (sign === "send-failed") run.failures.add(at, detail ?? "unknown reason");
    else if (sign === "unanswered") run.unheard = { ...unheard, handshakes: handshakes + 1, detail };
    else if (sign === "gave-up") run.unheard = { ...unheard, handshakes: Math.max(handshakes, ALL_HANDSHAKES) };
    else if (sign === "stopped-hearing") run.unheard = unheard;
    else if (sign === "answered" || sign === "heard") {
      run.failures.forget();
      hear(at);
    }
  }

  function hear(at: number): void {
    run.heardAt = at;
    run.unheard = undefined;
    run.silence.end();
  }

  function lastAnswer(handshakeAt: number | null, now: number): number | null {
    if (handshakeAt === null || epoch === undefined) return null;
    const age = epoch() - handshakeAt;
    return age < 0 ? null : now - age;
  }

  function doubtSince(): number | undefined {
    const { silence, unheard, failures } = run;
    const times = [silence.current?.since, unheard?.since, failures.trouble?.since, failures.recent[0]?.at];
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  function evidence(): Evidence {
    const { heardAt, unheard, failedProbes, silence, failures } = run;
    const failure = failures.recent.at(-1)?.detail;
    return { heardAt, unheard, failedProbes, silence: silence.current, trouble: failures.trouble, failure };
  }
}

/** What was gathered about one run of a process. */
interface Run {
  readonly silence: ReturnType<typeof watchSilence>;
  readonly failures: ReturnType<typeof countSendFailures>;
  heardAt: number | null;
  unheard: Unheard | undefined;
  failedProbes: number;
  episodeSince: number | null;
  lastLook: number | undefined;
  isBusy: boolean;
}

function beginRun(limits: HealthLimits): Run {
  return {
    silence: watchSilence(limits),
    failures: countSendFailures(limits),
    heardAt: null,
    unheard: undefined,
    failedProbes: 0,
    episodeSince: null,
    lastLook: undefined,
    isBusy: false,
  };
}
