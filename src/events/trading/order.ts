import * as v from "valibot";
import { timeSchema } from "../time.ts";
import { amountSchema, identifierSchema, quantitySchema } from "./amounts.ts";
import { describeAccountEvent, NOT_AN_OBJECT } from "./envelope.ts";
import { contractSchema } from "./text.ts";

/** The wire's numbers; 0 is what has none of its own there. Reference page event-stream.md section 4.3. */
const TYPES = [0, 1, 2, 3, 4, 5] as const;
const WITH_LIMIT: ReadonlySet<number> = new Set([2, 4]);
const WITH_STOP: ReadonlySet<number> = new Set([3, 4, 5]);

/** An order was placed, changed, filled, cancelled or rejected: reference page event-stream.md section 4.3. */
export const orderSchema = describeAccountEvent(
  "GatewayUserOrder",
  v.pipe(
    v.object(
      {
        id: identifierSchema,
        contractId: contractSchema,
        type: v.picklist(
          TYPES,
          "must be 1 (market), 2 (limit), 3 (stop), 4 (stop-limit), 5 (trailing stop) or 0 (other)",
        ),
        side: v.picklist([1, 2], "must be 1 (buy) or 2 (sell)"),
        size: quantitySchema,
        limitPrice: v.nullable(amountSchema),
        stopPrice: v.nullable(amountSchema),
        // 5 and 6 are refused, not taken for "working": they are the gateway's "rejected" and "pending".
        state: v.picklist(
          [0, 1, 2, 3, 4],
          "must be 1 (working, also partly filled), 2 (filled), 3 (cancelled), 4 (rejected) or 0 (other)",
        ),
        createdAt: v.optional(timeSchema),
        updatedAt: v.optional(timeSchema),
      },
      NOT_AN_OBJECT,
    ),
    v.forward(
      v.partialCheck(
        [["type"], ["limitPrice"]],
        ({ type, limitPrice }) => !WITH_LIMIT.has(type) || isPrice(limitPrice),
        "must be above 0 for a limit or stop-limit order",
      ),
      ["limitPrice"],
    ),
    v.forward(
      v.partialCheck(
        [["type"], ["stopPrice"]],
        ({ type, stopPrice }) => !WITH_STOP.has(type) || isPrice(stopPrice),
        "must be above 0 for a stop, stop-limit or trailing stop order",
      ),
      ["stopPrice"],
    ),
  ),
);

function isPrice(price: number | null): boolean {
  return price !== null && price > 0;
}
