import * as v from "valibot";
import { timeSchema } from "../time.ts";
import { describeAccountEvent, NOT_AN_OBJECT } from "./envelope.ts";
import { ruleSchema, sentenceSchema } from "./text.ts";

/** A rule blocked the account; a second one replaces the first: reference page event-stream.md section 4.5. */
export const lockoutSetSchema = describeAccountEvent(
  "lockout_set",
  v.object(
    {
      reason: sentenceSchema,
      /** null: until it is cleared. It must be said, since its absence could be a slip that locks for ever. */
      locked_until: v.nullable(timeSchema),
      rule_id: ruleSchema,
      locked_at: v.optional(timeSchema),
    },
    NOT_AN_OBJECT,
  ),
);

/** Reference page event-stream.md section 4.6. */
export const lockoutClearedSchema = describeAccountEvent(
  "lockout_cleared",
  v.object(
    {
      cleared_at: timeSchema,
      cleared_by: v.picklist(
        ["TIMER_EXPIRY", "ADMIN_OVERRIDE", "DAILY_RESET"],
        "must be TIMER_EXPIRY, ADMIN_OVERRIDE or DAILY_RESET",
      ),
    },
    NOT_AN_OBJECT,
  ),
);
