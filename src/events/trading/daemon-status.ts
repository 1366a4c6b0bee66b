import * as v from "valibot";
import { timeSchema } from "../time.ts";
import { NOT_AN_OBJECT } from "./envelope.ts";
import { sentenceSchema } from "./text.ts";

/** The only event that concerns everybody: reference page event-stream.md section 4.9. */
export const daemonStatusSchema = v.object({
  type: v.literal("daemon_status"),
  account_id: v.null("must be null for daemon_status"),
  data: v.object(
    {
      status: v.picklist(["RUNNING", "STOPPING", "ERROR"], "must be RUNNING, STOPPING or ERROR"),
      message: sentenceSchema,
      timestamp: v.optional(timeSchema),
    },
    NOT_AN_OBJECT,
  ),
});
