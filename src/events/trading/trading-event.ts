// The events that trading programs publish, as they stand on the wire: the nine of reference page event-stream.md section
// 4, and GatewayContract, which is ours. This room says what each of them is and what must hold for it. It opens no file, asks no clock and knows no listener: what
// comes in is a value, what goes out is the same value in the feed's own form, or a sentence that says what is wrong.
//
// Section 9 is settled so: a schema lists the members that go out; others are taken and not passed on (#4). The members
// that minimal publishers leave out may be absent (#7), all others may not, even where null is one of their values.

import type * as v from "valibot";
import { contractEventSchema } from "./contract.ts";
import { daemonStatusSchema } from "./daemon-status.ts";
import { dailyResetSchema } from "./daily-reset.ts";
import { enforcementActionSchema } from "./enforcement.ts";
import { lockoutClearedSchema, lockoutSetSchema } from "./lockout.ts";
import { orderSchema } from "./order.ts";
import { positionSchema } from "./position.ts";
import { quoteSchema } from "./quote.ts";
import { tradeSchema } from "./trade.ts";

const SCHEMAS = [
  tradeSchema,
  positionSchema,
  orderSchema,
  quoteSchema,
  lockoutSetSchema,
  lockoutClearedSchema,
  enforcementActionSchema,
  dailyResetSchema,
  daemonStatusSchema,
  contractEventSchema,
] as const;

type TradingSchema = (typeof SCHEMAS)[number];

/** Distinguished by `type`. Its times end in `Z` and have no fraction or three digits of it. */
export type TradingEvent = v.InferOutput<TradingSchema>;

/** Their names, in the reference page's order, and then ours. */
export const TRADING_EVENT_TYPES: readonly TradingEvent["type"][] = SCHEMAS.map(({ entries }) => entries.type.literal);

/** What each of them must be, envelope included, by its name. */
export const TRADING_SCHEMAS: ReadonlyMap<string, TradingSchema> = new Map(
  SCHEMAS.map((schema) => [schema.entries.type.literal, schema]),
);
