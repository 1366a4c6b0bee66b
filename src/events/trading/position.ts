import * as v from "valibot";
import { timeSchema } from "../time.ts";
import { countSchema, identifierSchema, priceSchema } from "./amounts.ts";
import { describeAccountEvent, NOT_AN_OBJECT } from "./envelope.ts";
import { contractSchema } from "./text.ts";

/** A position was opened, changed or closed: reference page event-stream.md section 4.2. */
export const positionSchema = describeAccountEvent(
  "GatewayUserPosition",
  v.pipe(
    v.object(
      {
        id: identifierSchema,
        contractId: contractSchema,
        type: v.picklist([1, 2], "must be 1 (long) or 2 (short)"),
        /** 0: it is closed. */
        size: countSchema,
        averagePrice: priceSchema,
        createdAt: v.optional(timeSchema),
        /** When it was received. */
        updatedAt: v.optional(timeSchema),
      },
      NOT_AN_OBJECT,
    ),
    v.forward(v.partialCheck([["createdAt"], ["updatedAt"]], isInOrder, "must not be before createdAt"), ["updatedAt"]),
  ),
);

function isInOrder({ createdAt, updatedAt }: { createdAt?: string | undefined; updatedAt?: string | undefined }) {
  return createdAt === undefined || updatedAt === undefined || Date.parse(createdAt) <= Date.parse(updatedAt);
}
