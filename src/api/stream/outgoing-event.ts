import { type NumberedEvent, quoteKeyOf } from "../../events/event.ts";

/** An event on its way out: written once, sent to all. */
export type OutgoingEvent = Readonly<ReturnType<typeof writeEvent>>;

/**
 * Writes an event as the wire has it: docs/protocols/events.md, Envelope.
 * @returns it with the text of its frame, and for a quote the key of its price: a newer quote takes the place of one that
 * still waits.
 */
export function writeEvent(event: NumberedEvent) {
  const { seq, type, account_id, data } = event;
  return { event, text: JSON.stringify({ seq, type, account_id, data }), quoteOf: quoteKeyOf(event) };
}
