import * as v from "valibot";
import { priceSchema } from "./amounts.ts";
import { describeAccountEvent, NOT_AN_OBJECT } from "./envelope.ts";
import { contractSchema } from "./text.ts";
import { timeSchema } from "./time.ts";

/**
 * A price changed, told to one account: reference page event-stream.md section 4.4. Inverted and zero quotes do occur
 * around session breaks and are no events; an old one is.
 */
export const quoteSchema = describeAccountEvent(
  "MarketQuote",
  v.pipe(
    v.object(
      {
        contractId: contractSchema,
        bid: priceSchema,
        ask: priceSchema,
        last: priceSchema,
        timestamp: v.optional(timeSchema),
      },
      NOT_AN_OBJECT,
    ),
    v.forward(
      v.partialCheck([["bid"], ["ask"]], ({ bid, ask }) => ask >= bid, "must not be below bid"),
      ["ask"],
    ),
  ),
);
