import * as v from "valibot";
import type { NumberedEvent } from "../../../src/events/event.ts";
import type { EventFeed, Publication } from "../../../src/events/feed.ts";

/** A feed in memory, which takes every event that has the envelope's three members and numbers by one. */
export interface FakeFeed extends EventFeed {
  readonly kept: readonly NumberedEvent[];
  /** The key of each call of `publish`. */
  readonly keys: readonly (string | undefined)[];
  readonly subscribers: () => number;
  /** Forgets all but the newest events. */
  forget(newest: number): void;
}

const wireSchema = v.object({
  type: v.string(),
  account_id: v.nullable(v.number()),
  data: v.record(v.string(), v.unknown()),
});

export function createFakeFeed(): FakeFeed {
  const kept: NumberedEvent[] = [];
  const keys: (string | undefined)[] = [];
  const answers = new Map<string, readonly Publication[]>();
  const listeners = new Set<(events: readonly NumberedEvent[]) => void>();
  let lastSeq = 0;

  return {
    kept,
    keys,
    subscribers: () => listeners.size,
    forget: (newest) => void kept.splice(0, kept.length - newest),
    async publish(events, key) {
      keys.push(key);
      const known = key === undefined ? undefined : answers.get(key);
      if (known !== undefined) return known;
      const before = lastSeq;
      const publications = events.map(take);
      if (key !== undefined) answers.set(key, publications);
      tellListeners(kept.filter(({ seq }) => seq > before));
      return publications;
    },
    tell(event) {
      take(event);
      tellListeners(kept.slice(-1));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replay: (seq) => ({
      events: kept.filter((event) => event.seq > seq),
      hasGap: lastSeq > seq && (kept[0]?.seq ?? lastSeq + 1) > seq + 1,
    }),
    snapshot: () => [],
    get lastSeq() {
      return lastSeq;
    },
    close: async () => undefined,
  };

  function take(event: unknown): Publication {
    const parsed = v.safeParse(wireSchema, event);
    if (!parsed.success) return { accepted: false, reason: parsed.issues[0].message };
    lastSeq++;
    kept.push({ ...parsed.output, seq: lastSeq });
    return { accepted: true, seq: lastSeq };
  }

  function tellListeners(events: readonly NumberedEvent[]): void {
    if (events.length > 0) for (const listener of listeners) listener(events);
  }
}

/** An ordinary event, told from others by `n`. */
export function makeEvent(n: number, data: Readonly<Record<string, unknown>> = {}) {
  return { type: "daemon_status", account_id: null, data: { n, ...data } };
}
