import * as v from "valibot";
import { countSchema } from "./amounts.ts";

/** Flat in every sample; a reader that goes through it by recursion must not run out of stack. */
const MOST_LEVELS = 16;

/**
 * What belongs to one kind of action, in members of its publisher's choice; those that the reference page names are
 * counts. Section 4.7 of event-stream.md.
 */
export const detailsSchema = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>(isObject, "must be an object"),
  v.check(
    (details) => isExact(details, MOST_LEVELS),
    `must be JSON whose numbers are at most 2^53 - 1, nested at most ${MOST_LEVELS} deep`,
  ),
  v.looseObject({
    positions_closed: v.optional(countSchema),
    orders_canceled: v.optional(countSchema),
  }),
);

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether it can be written as JSON and read back as it was. */
function isExact(value: unknown, levels: number): boolean {
  if (value === null || typeof value === "boolean") return true;
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  if (typeof value !== "object" || levels === 0) return false;
  return Object.entries(value).every(([key, member]) => key.isWellFormed() && isExact(member, levels - 1));
}
