import * as v from "valibot";
import { priceSchema } from "./amounts.ts";
import { NOT_AN_OBJECT } from "./envelope.ts";
import { contractSchema, wordSchema } from "./text.ts";

/**
 * What a contract's prices are worth, which no reader can reckon a result without: reference page event-stream.md section
 * 8.3. Ours, not one of section 4's; its readers ignore names that they do not know.
 */
export const contractEventSchema = v.object({
  type: v.literal("GatewayContract"),
  account_id: v.optional(v.null("must be null for GatewayContract"), null),
  data: v.object(
    {
      contractId: contractSchema,
      /** For people. */
      name: v.optional(v.nullable(wordSchema), null),
      /** What contracts that follow each other have in common, such as `F.US.MES`. */
      symbolId: wordSchema,
      /** The smallest step of the price. */
      tickSize: priceSchema,
      /** What one step of one contract is in money. */
      tickValue: priceSchema,
    },
    NOT_AN_OBJECT,
  ),
});
