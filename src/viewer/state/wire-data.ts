import * as v from "valibot";
import { parseTime } from "../../events/time.ts";

// What the events carry, read as leniently as the many publishers are: a member that is missing or makes no sense is
// unknown, unless without it the event says nothing. docs/protocols/events.md
// has a heading for each type.

const identifierSchema = v.pipe(v.number(), v.safeInteger());
const maybeNumber = v.fallback(v.optional(v.number()), undefined);
const maybeTime = v.fallback(v.optional(v.pipe(v.string(), v.transform(parseTime))), undefined);
const maybeText = v.fallback(v.optional(v.string(), ""), "");

export const tradeData = v.object({
  id: v.fallback(v.optional(identifierSchema), undefined),
  contractId: maybeText,
  /** The gateway itself has none for half a round trip. */
  profitAndLoss: v.nullable(v.number()),
  executionTime: maybeTime,
  timestamp: maybeTime,
});

export const positionData = v.object({
  id: identifierSchema,
  contractId: v.string(),
  type: maybeNumber,
  size: v.number(),
  averagePrice: maybeNumber,
  createdAt: maybeTime,
  updatedAt: maybeTime,
});

export const orderData = v.object({
  id: identifierSchema,
  contractId: v.string(),
  type: v.fallback(v.number(), 0),
  side: v.fallback(v.number(), 0),
  size: v.fallback(v.number(), 0),
  limitPrice: maybeNumber,
  stopPrice: maybeNumber,
  state: v.number(),
  createdAt: maybeTime,
  updatedAt: maybeTime,
});

export const quoteData = v.object({
  contractId: v.string(),
  bid: v.number(),
  ask: v.number(),
  last: v.number(),
  timestamp: maybeTime,
});

export const contractData = v.object({
  contractId: v.string(),
  tickSize: v.pipe(v.number(), v.gtValue(0)),
  tickValue: v.number(),
});

export const lockoutData = v.object({
  reason: maybeText,
  locked_until: v.fallback(v.nullish(v.pipe(v.string(), v.transform(parseTime))), null),
  rule_id: maybeText,
  locked_at: maybeTime,
});

export const clearedData = v.object({ cleared_at: maybeTime, cleared_by: maybeText });

export const actionData = v.object({
  action: v.string(),
  reason: maybeText,
  rule_id: maybeText,
  success: v.fallback(v.optional(v.boolean()), undefined),
  timestamp: maybeTime,
});

export const resetData = v.object({
  reset_time: maybeTime,
  previous_pnl: maybeNumber,
  lockouts_cleared: v.fallback(v.optional(v.boolean(), false), false),
});

export const statusData = v.object({ status: v.string(), message: maybeText, timestamp: maybeTime });
