import * as v from "valibot";
import { timeSchema } from "../time.ts";
import { detailsSchema } from "./details.ts";
import { describeAccountEvent, NOT_AN_OBJECT } from "./envelope.ts";
import { ruleSchema, sentenceSchema, wordSchema } from "./text.ts";

/** The trading daemon acted: reference page event-stream.md section 4.7. */
export const enforcementActionSchema = describeAccountEvent(
  "enforcement_action",
  v.object(
    {
      /** An open set, `COOLDOWN` for one. */
      action: wordSchema,
      reason: sentenceSchema,
      rule_id: ruleSchema,
      /** Absent: nobody knows. */
      success: v.optional(v.boolean("must be true or false")),
      timestamp: v.optional(timeSchema),
      details: v.optional(detailsSchema),
    },
    NOT_AN_OBJECT,
  ),
);
