import * as v from "valibot";

// Numbers are exact only up to 2^53 - 1: one beyond it has already been rounded when it arrives here, so it is refused.

/** Names something: 64 bits at the gateway, of which this feed carries 53. */
export const identifierSchema = v.pipe(
  v.number("must be an integer"),
  v.safeInteger("must be an integer of at most 2^53 - 1"),
);

/** So many things, possibly none. */
export const countSchema = v.pipe(identifierSchema, v.minValue(0, "must not be below 0"));

/** So many contracts, at least one. */
export const quantitySchema = v.pipe(identifierSchema, v.minValue(1, "must be above 0"));

/** An amount of money, or a price of which nothing more is known; of either sign. */
export const amountSchema = v.pipe(
  v.number("must be a number"),
  v.check((amount) => Math.abs(amount) <= Number.MAX_SAFE_INTEGER, "must be a number between -(2^53 - 1) and 2^53 - 1"),
);

export const priceSchema = v.pipe(amountSchema, v.gtValue(0, "must be above 0"));
