import * as v from "valibot";

/** Whose event it is. */
export const accountSchema = v.pipe(
  v.number(({ input }) => (input === null ? "is null, but the event is of one account" : "must be an integer")),
  v.safeInteger("must be an integer of at most 2^53 - 1"),
);

/**
 * An event of one account: its name and what its `data` must be. Reference page event-stream.md section 3.
 * Members beside the three do not go out, since the feed writes its own there.
 */
export function describeAccountEvent<const Type extends string, Data extends v.GenericSchema>(type: Type, data: Data) {
  return v.object({ type: v.literal(type), account_id: accountSchema, data });
}

/** What is said of anything else where an object is expected. */
export const NOT_AN_OBJECT = "must be an object";
