import * as v from "valibot";
import { timeSchema } from "../time.ts";
import { priceSchema } from "./amounts.ts";
import { accountSchema, NOT_AN_OBJECT } from "./envelope.ts";
import { contractSchema } from "./text.ts";

/**
 * A price changed: reference page event-stream.md section 4.4. Inverted and zero quotes do occur around session breaks and
 * are no events; an old one is. One with an account is told to that; a broker's own has none, and is told to each account
 * that holds something in the contract (section 9 #3).
 */
export const quoteSchema = v.object({
  type: v.literal("MarketQuote"),
  account_id: v.optional(v.nullable(accountSchema), null),
  data: v.pipe(
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
});
