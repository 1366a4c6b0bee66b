import type { NumberedEvent, WireEvent } from "../../../src/events/event.ts";
import type { EventFeed } from "../../../src/events/feed.ts";

/** A feed that keeps what it is told in an array. */
export interface FakeFeed extends EventFeed {
  /** All of one moment. @returns them with their numbers. */
  emit(...events: readonly WireEvent[]): readonly NumberedEvent[];
  /** Forgets everything up to this number, as a store does with what is old. */
  forgetUpTo(seq: number): void;
  /** What a snapshot holds; its numbers are put in when it is asked for. */
  state: readonly WireEvent[];
  readonly listeners: number;
}

export function createFakeFeed(): FakeFeed {
  const listeners = new Set<(events: readonly NumberedEvent[]) => void>();
  let kept: NumberedEvent[] = [];
  let forgottenUpTo = 0;
  let lastSeq = 0;
  return {
    state: [],
    emit(...events) {
      const numbered = events.map((event) => {
        lastSeq += 1;
        return { seq: lastSeq, ...event };
      });
      kept.push(...numbered.filter(({ type }) => type !== "MarketQuote"));
      for (const listener of listeners) listener(numbered);
      return numbered;
    },
    forgetUpTo(seq) {
      forgottenUpTo = seq;
      kept = kept.filter((event) => event.seq > seq);
    },
    get listeners() {
      return listeners.size;
    },
    publish: () => Promise.reject(new Error("nobody publishes here")),
    tell(event) {
      this.emit(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replay: (seq) => ({ events: kept.filter((event) => event.seq > seq), hasGap: seq < forgottenUpTo }),
    snapshot(account) {
      const events = this.state.filter((event) => account === undefined || (event.account_id ?? account) === account);
      return events.map((event) => ({ seq: lastSeq, ...event }));
    },
    get lastSeq() {
      return lastSeq;
    },
    close: () => Promise.resolve(),
  };
}
