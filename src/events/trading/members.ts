import * as v from "valibot";
import { formatTime, parseTime } from "../time.ts";

// What members of published events may hold: docs/protocols/events.md, Numbers and texts. Numbers are exact only up to
// 2^53 - 1: one beyond it has already been rounded when it arrives here, so it is refused.

const TOO_LARGE = "must be an integer of at most 2^53 - 1";

/** An id. The gateway's have 64 bits, of which this feed carries 53. */
export const identifierSchema = v.pipe(v.number("must be an integer"), v.safeInteger(TOO_LARGE));

/** A number of things, 0 or more. */
export const countSchema = v.pipe(identifierSchema, v.minValue(0, "must not be below 0"));

/** A number of contracts, 1 or more. */
export const quantitySchema = v.pipe(identifierSchema, v.minValue(1, "must be above 0"));

/** An amount of money, or a price of which nothing more is known; of either sign. */
export const amountSchema = v.pipe(
  v.number("must be a number"),
  v.check((amount) => Math.abs(amount) <= Number.MAX_SAFE_INTEGER, "must be a number between -(2^53 - 1) and 2^53 - 1"),
);

export const priceSchema = v.pipe(amountSchema, v.gtValue(0, "must be above 0"));

/** Whose event it is. */
export const accountSchema = v.pipe(
  v.number(({ input }) => (input === null ? "is null, but the event is of one account" : "must be an integer")),
  v.safeInteger(TOO_LARGE),
);

export const booleanSchema = v.boolean("must be true or false");

/** Text of at most so many bytes of UTF-8. Half a surrogate pair is no text: it cannot be written as UTF-8. */
function describeText(mostBytes: number) {
  return v.pipe(
    v.string("must be text"),
    v.maxBytes(mostBytes, `is longer than ${mostBytes} bytes`),
    v.check((text) => text.isWellFormed(), "holds half a character"),
  );
}

/** Written for people; a sentence or two. */
export const sentenceSchema = describeText(1_000);

/** One word of a set that may grow, such as the gateway's name of a contract, `CON.F.US.MES.Z25`, or of a rule. */
export const wordSchema = v.pipe(describeText(100), v.nonEmpty("is empty"));

/**
 * A time in any form that publishers use, as the feed writes it: UTC with `Z`, and three digits of fraction where it came
 * with one; further digits are cut off.
 */
export const timeSchema = v.pipe(
  v.string("must be a time, as text"),
  v.description("a time of RFC 3339, such as 2025-11-04T15:02:09.250Z"),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const at = parseTime(dataset.value);
    if (at !== undefined) return dataset.value.includes(".") ? formatTime(at) : formatTime(at).replace(".000Z", "Z");
    addIssue({ message: "is no time such as 2025-11-04T15:02:09.250Z" });
    return NEVER;
  }),
);

/** The deepest nesting of details: a reader that goes through them by recursion must not run out of stack. */
const MOST_LEVELS = 16;

/** Details of an action, in members of its publisher's choice; the two that other programs read are counts. */
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
