import type { NumberedEvent } from "../../events/event.ts";

/** An event on its way out: written once, sent to all. */
export interface Message {
  readonly event: NumberedEvent;
  /** What goes into the frame. */
  readonly text: string;
  /** Which price it tells: a newer one takes the place of one that still waits. Undefined for all that is no quote. */
  readonly quoteOf: string | undefined;
}

/** Writes an event as the wire has it: the envelope of reference page event-stream.md section 3, behind the number. */
export function toMessage(event: NumberedEvent): Message {
  const { seq, type, account_id, data } = event;
  const quoteOf = type === "MarketQuote" ? `${account_id} ${data["contractId"]}` : undefined;
  return { event, text: JSON.stringify({ seq, type, account_id, data }), quoteOf };
}

/** Tells a reader that some of the events from number `from` to number `to`, both included, are no longer there for it. */
export function gapMessage(from: number, to: number): Message {
  return toMessage({ seq: to, type: "gap", account_id: null, data: { from, to } });
}
