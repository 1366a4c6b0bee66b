import type { Timers } from "../../src/viewer/client/stream.ts";

export interface FakeTimers extends Timers {
  /** Lets time go by, and every alarm ring at its moment. */
  advance(milliseconds: number): void;
}

export function createFakeTimers(start = Date.parse("2025-11-04T15:00:00Z")): FakeTimers {
  let now = start;
  const alarms = new Set<{ readonly at: number; readonly ring: () => void }>();
  return {
    now: () => now,
    after(milliseconds, ring) {
      const alarm = { at: now + milliseconds, ring };
      alarms.add(alarm);
      return () => alarms.delete(alarm);
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const [next] = [...alarms].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
        if (next === undefined) break;
        alarms.delete(next);
        now = next.at;
        next.ring();
      }
      now = end;
    },
  };
}
