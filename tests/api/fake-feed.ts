import * as v from "valibot";
import type { NumberedEvent, Publication, WireEvent } from "../../src/events/event.ts";
import type { EventFeed } from "../../src/events/feed.ts";

/** A feed in memory, which takes every event that has the envelope's three members and numbers by one. */
export interface FakeFeed extends EventFeed {
  readonly kept: readonly NumberedEvent[];
  /** The key of each call of `publish`. */
  readonly keys: readonly (string | undefined)[];
  readonly listeners: number;
  /** What a snapshot holds; its numbers are put in when it is asked for. */
  state: readonly WireEvent[];
  /** All of one moment. @returns them with their numbers. */
  emit(...events: readonly WireEvent[]): readonly NumberedEvent[];
  /** Forgets everything up to this number, as a store does with what is old. */
  forgetUpTo(seq: number): void;
}

const wireSchema = v.object({
  type: v.string(),
  account_id: v.nullable(v.number()),
  data: v.record(v.string(), v.unknown()),
});

export function createFakeFeed(): FakeFeed {
  const keys: (string | undefined)[] = [];
  const answers = new Map<string, readonly Publication[]>();
  const listeners = new Set<(events: readonly NumberedEvent[]) => void>();
  let kept: NumberedEvent[] = [];
  let forgottenUpTo = 0;
  let lastSeq = 0;

  function emit(...events: readonly WireEvent[]): readonly NumberedEvent[] {
    const numbered = events.map((event) => {
      lastSeq += 1;
      return { seq: lastSeq, ...event };
    });
    kept.push(...numbered.filter(({ type }) => type !== "MarketQuote"));
    if (numbered.length > 0) for (const listener of listeners) listener(numbered);
    return numbered;
  }

  return {
    keys,
    state: [],
    emit,
    get kept() {
      return kept;
    },
    get listeners() {
      return listeners.size;
    },
    forgetUpTo(seq) {
      forgottenUpTo = seq;
      kept = kept.filter((event) => event.seq > seq);
    },
    async publish(events, key) {
      keys.push(key);
      const known = key === undefined ? undefined : answers.get(key);
      if (known !== undefined) return known;
      const checked = events.map((event) => v.safeParse(wireSchema, event));
      const told = [...emit(...checked.flatMap(({ success, output }) => (success ? [output] : [])))];
      const publications = checked.map(
        ({ success, issues }): Publication =>
          success ? { accepted: true, seq: told.shift()?.seq ?? 0 } : { accepted: false, reason: issues[0].message },
      );
      if (key !== undefined) answers.set(key, publications);
      return publications;
    },
    async record(event) {
      emit(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replay(seq, most = 256) {
      const events = kept.filter((event) => event.seq > seq).slice(0, most);
      if (seq > lastSeq) return { events, gap: gapEvent(1, lastSeq) };
      return seq < forgottenUpTo ? { events, gap: gapEvent(seq + 1, (events[0]?.seq ?? lastSeq + 1) - 1) } : { events };
    },
    *snapshot(account) {
      const seq = lastSeq;
      for (const event of this.state)
        if (account === undefined || (event.account_id ?? account) === account) yield { seq, ...event };
    },
    get lastSeq() {
      return lastSeq;
    },
    fault: undefined,
    close: async () => undefined,
    postpone: () => undefined,
    writePostponed: () => undefined,
    pause: () => undefined,
    rest: () => undefined,
    open: () => undefined,
  };
}

/** What tells a reader that events are no longer there, from the number `from` to the number `to`. */
export function gapEvent(from: number, to: number): NumberedEvent {
  return { seq: to, type: "gap", account_id: null, data: { from, to } };
}

/** An ordinary event, told from others by `n`. */
export function makeEvent(n: number, data: Readonly<Record<string, unknown>> = {}) {
  return { type: "daemon_status", account_id: null, data: { n, ...data } };
}
