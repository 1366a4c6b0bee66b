import { type NumberedEvent, quoteKeyOf } from "../../events/event.ts";

/** An event on its way out: written once, sent to all. */
export interface OutgoingEvent {
  readonly event: NumberedEvent;
  /** The text of its frame. */
  readonly text: string;
  /** For a quote, the key of its price: a newer quote takes the place of one that still waits. Undefined for other events. */
  readonly quoteOf: string | undefined;
}

/** Writes an event as the wire has it: docs/protocols/events.md, Envelope. */
export function writeEvent(event: NumberedEvent): OutgoingEvent {
  const { seq, type, account_id, data } = event;
  return { event, text: JSON.stringify({ seq, type, account_id, data }), quoteOf: quoteKeyOf(event) };
}
