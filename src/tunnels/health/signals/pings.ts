import { leaveUnreachable } from "../remedy.ts";
import { type Cause, judgeBad, type Signal } from "../signal.ts";
import { HEALTH_LIMITS } from "../thresholds.ts";

const PINGS_FAILED: Cause = {
  action: "check CheckAlive in its config, and the far end's way to that address",
  remedy: leaveUnreachable,
};

/** An address that did not answer, as often in a row as is known. */
interface Unanswered {
  readonly times: number;
  readonly lastAt: number;
  /** Milliseconds between the last two failures; undefined after the first. */
  readonly gap: number | undefined;
}

/**
 * Whether what `CheckAlive` names answers: it fails as a probe does. Only a failure is told, and at the pace that the
 * config sets: an address that is not told for two of its turns has answered.
 */
export function trackPings(): Signal {
  const unanswered = new Map<string, Unanswered>();

  return {
    note({ sign, at, detail = "" }) {
      if (sign !== "ping-failed") return;
      const before = unanswered.get(detail);
      const isInRow = before !== undefined && !isOver(before, at);
      const gap = isInRow ? at - before.lastAt : undefined;
      unanswered.set(detail, { times: isInRow ? before.times + 1 : 1, lastAt: at, gap });
    },
    look({ now }) {
      for (const [address, failure] of unanswered) if (isOver(failure, now)) unanswered.delete(address);
    },
    judge() {
      const [worst] = [...unanswered].toSorted(([, one], [, other]) => other.times - one.times);
      if (worst === undefined) return undefined;
      const [address, { times }] = worst;
      const health = times < HEALTH_LIMITS.failedProbes ? "degraded" : "down";
      const often = times === 1 ? "did not answer" : `has not answered ${times} times in a row`;
      return judgeBad(health, PINGS_FAILED, `CheckAlive: ${address} ${often}`);
    },
  };
}

function isOver({ lastAt, gap }: Unanswered, now: number): boolean {
  const pace = gap === undefined ? HEALTH_LIMITS.slowestPing : Math.max(gap, HEALTH_LIMITS.quickestPing);
  return now - lastAt > 2 * pace + HEALTH_LIMITS.quietLook;
}
