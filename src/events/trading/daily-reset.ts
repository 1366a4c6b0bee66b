import * as v from "valibot";
import { timeSchema } from "../time.ts";
import { amountSchema, countSchema } from "./amounts.ts";
import { describeAccountEvent, NOT_AN_OBJECT } from "./envelope.ts";

/** The account's trading day ended: reference page event-stream.md section 4.8. */
export const dailyResetSchema = describeAccountEvent(
  "daily_reset",
  v.object(
    {
      reset_time: timeSchema,
      /** The realised result of the day that ended. */
      previous_pnl: amountSchema,
      previous_trade_count: v.optional(countSchema),
      lockouts_cleared: v.boolean("must be true or false"),
    },
    NOT_AN_OBJECT,
  ),
);
