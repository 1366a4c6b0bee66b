import { isDurable } from "./event-types.ts";

/** An event as the stream carries it: docs/protocols/events.md, Envelope. */
export interface WireEvent {
  readonly type: string;
  /** Whose it is; null where it concerns everybody. */
  readonly account_id: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The key of a quote's price, made of its account and contract: a newer quote with the same key replaces it. Undefined for
 * events that are kept on disk.
 */
export function quoteKeyOf({ type, account_id, data }: WireEvent): string | undefined {
  return isDurable(type) ? undefined : `${account_id} ${data["contractId"]}`;
}

/** Numbers grow by one or more from each event to the next, over restarts of the daemon, too. */
export interface NumberedEvent extends WireEvent {
  readonly seq: number;
}

/** The result for one published event. */
export type Publication =
  /**
   * `seq` is its number. A quote without an account is as many events as accounts hold a position or a working order in
   * its contract: then it is the last one's number, and null where nobody does, and no event came of it.
   */
  | { readonly accepted: true; readonly seq: number | null }
  /** A sentence that says which member is wrong, and how. */
  | { readonly accepted: false; readonly reason: string };

export interface Replay {
  /** In the order of their numbers; there may be more. Quotes are never kept. */
  readonly events: readonly NumberedEvent[];
  /**
   * Tells of the events after the number that was asked for which are no longer there: the reader has to begin with a
   * snapshot. Undefined where none is missing.
   */
  readonly gap?: NumberedEvent;
}
