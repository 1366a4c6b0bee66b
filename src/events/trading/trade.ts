import * as v from "valibot";
import { timeSchema } from "../time.ts";
import { amountSchema, identifierSchema, quantitySchema } from "./amounts.ts";
import { describeAccountEvent, NOT_AN_OBJECT } from "./envelope.ts";
import { contractSchema } from "./text.ts";

/** The gateway's trade of half a round trip has no result; only a whole one is an event. */
const resultSchema = v.pipe(
  v.unknown(),
  v.check((result) => result !== null, "is null: a trade without a result is half a round trip, and no event"),
  amountSchema,
);

/** A round trip was closed with a result: reference page event-stream.md section 4.1. */
export const tradeSchema = describeAccountEvent(
  "GatewayUserTrade",
  v.object(
    {
      id: identifierSchema,
      contractId: contractSchema,
      profitAndLoss: resultSchema,
      quantity: v.optional(quantitySchema),
      executionTime: v.optional(timeSchema),
      /** When it was received. */
      timestamp: v.optional(timeSchema),
    },
    NOT_AN_OBJECT,
  ),
);
