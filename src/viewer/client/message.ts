import * as v from "valibot";
import type { WireEvent } from "../../events/event.ts";

/** One message of the stream as it came. */
export interface StreamMessage extends WireEvent {
  /** Undefined where the daemon is one that does not number its events. */
  readonly seq: number | undefined;
  /** The message itself in one line: its numbers beyond 2^53 and its further members are whole here. */
  readonly text: string;
}

const envelopeSchema = v.object({
  seq: v.optional(v.pipe(v.number(), v.safeInteger())),
  type: v.string(),
  account_id: v.nullable(v.pipe(v.number(), v.safeInteger())),
  data: v.record(v.string(), v.unknown()),
});

/** Events between two numbers, both included, were lost. */
export type Gap = Readonly<v.InferOutput<typeof gapSchema>>;
const gapSchema = v.object({ from: v.pipe(v.number(), v.safeInteger()), to: v.pipe(v.number(), v.safeInteger()) });

/** A message with the stream's envelope (docs/protocols/events.md, Envelope); undefined for what is none. */
export function parseMessage(text: string): StreamMessage | undefined {
  const envelope = v.safeParse(v.pipe(v.string(), v.parseJson(), envelopeSchema), text);
  if (!envelope.success) return undefined;
  const { seq, type, account_id, data } = envelope.output;
  // Between JSON's tokens these mean nothing, and within its strings they cannot stand.
  return { seq, type, account_id, data, text: text.replace(/[\t\r\n]+/g, " ") };
}

/** The gap that a message tells of; undefined for any other message. */
export function parseGap({ type, data }: StreamMessage): Gap | undefined {
  const gap = v.safeParse(gapSchema, data);
  return type === "gap" && gap.success ? gap.output : undefined;
}
