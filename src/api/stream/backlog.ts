import { MOST_CHARACTERS, MOST_EVENTS } from "../http/stream-bounds.ts";
import type { OutgoingEvent } from "./outgoing-event.ts";

export type Backlog = ReturnType<typeof createBacklog>;

/** What the place of a message takes, beside its text. */
const PLACE_BYTES = 100;

/** What waits for one client that reads more slowly than things happen, in the order in which they happened. */
export function createBacklog() {
  /** A quote stands under the key of its price, any other event under itself. */
  const waiting = new Map<string | OutgoingEvent, OutgoingEvent>();
  let events = 0;
  let characters = 0;

  return {
    /** A quote takes the place of an older one for the same price. @returns whether there was one. */
    add,
    /** Takes out the first message if its number is below `limit`. */
    takeBelow(limit: number): OutgoingEvent | undefined {
      for (const message of waiting.values()) {
        if (message.event.seq >= limit) return undefined;
        remove(message);
        return message;
      }
      return undefined;
    },
    get size(): number {
      return waiting.size;
    },
    /** What it costs to keep, about. */
    get bytes(): number {
      return characters + waiting.size * PLACE_BYTES;
    },
    /** Beyond the limits. */
    get isOverfull(): boolean {
      return events > MOST_EVENTS || characters > MOST_CHARACTERS;
    },
  };

  function add(message: OutgoingEvent): boolean {
    const older = message.quoteOf === undefined ? undefined : waiting.get(message.quoteOf);
    // Taken out, not overwritten: the newer one happened last.
    if (older !== undefined) remove(older);
    waiting.set(message.quoteOf ?? message, message);
    characters += message.text.length;
    if (message.quoteOf === undefined) events += 1;
    return older !== undefined;
  }

  function remove(message: OutgoingEvent): void {
    waiting.delete(message.quoteOf ?? message);
    characters -= message.text.length;
    if (message.quoteOf === undefined) events -= 1;
  }
}
