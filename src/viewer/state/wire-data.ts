import * as v from "valibot";
import { parseTime } from "../../events/time.ts";

// What the events carry, read as leniently as the many publishers are: a member that is missing or makes no sense is
// unknown, unless without it the event says nothing. Rows of the last known state are read by the same schemas, under the
// names of the events' members. docs/protocols/events.md has a heading for each type.

const identifierSchema = v.pipe(v.number(), v.safeInteger());
// A fallback that is a function makes the member one that is always there, be it undefined.
const maybeNumber = v.fallback(v.undefinedable(v.number()), () => undefined);
const maybeTime = v.fallback(v.undefinedable(v.pipe(v.string(), v.transform(parseTime))), () => undefined);
const maybeText = v.fallback(v.string(), "");

export const tradeData = v.object({
  /** The gateway's number. */
  id: v.fallback(v.undefinedable(identifierSchema), () => undefined),
  contractId: maybeText,
  /** The gateway itself has none for half a round trip. */
  profitAndLoss: v.nullable(v.number()),
  executionTime: maybeTime,
  timestamp: maybeTime,
});

export type Position = v.InferOutput<typeof positionData>;
export const positionData = v.pipe(
  v.object({
    id: identifierSchema,
    contractId: v.string(),
    type: maybeNumber,
    size: v.number(),
    averagePrice: maybeNumber,
    createdAt: maybeTime,
    updatedAt: maybeTime,
  }),
  v.transform(({ contractId: contract, type, averagePrice: average, ...others }) => {
    /** Undefined: neither long nor short is known. */
    const side = type === 1 ? ("long" as const) : type === 2 ? ("short" as const) : undefined;
    return { ...others, contract, side, average };
  }),
);

/** Its numbers are the wire's: docs/protocols/events.md, GatewayUserOrder. */
export type Order = v.InferOutput<typeof orderData>;
export const orderData = v.pipe(
  v.object({
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
  }),
  v.transform(({ contractId: contract, ...others }) => ({ ...others, contract })),
);

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

export type Lockout = v.InferOutput<typeof lockoutData>;
export const lockoutData = v.pipe(
  v.object({ rule_id: maybeText, reason: maybeText, locked_at: maybeTime, locked_until: maybeTime }),
  /** An end that is undefined: until it is cleared. */
  v.transform(({ rule_id: rule, reason, locked_at: from, locked_until: until }) => ({ rule, reason, from, until })),
);

export const clearedData = v.object({ cleared_at: maybeTime, cleared_by: maybeText });

export type Action = v.InferOutput<typeof actionData>;
export const actionData = v.pipe(
  v.object({
    action: v.string(),
    reason: maybeText,
    rule_id: maybeText,
    success: v.fallback(v.undefinedable(v.boolean()), () => undefined),
    timestamp: maybeTime,
  }),
  /** The kind in upper case, as the stream has it. */
  v.transform(({ timestamp: at, rule_id: rule, action, reason, success }) => {
    return { at, rule, kind: action.toUpperCase(), reason, success };
  }),
);

export const resetData = v.object({
  reset_time: maybeTime,
  previous_pnl: maybeNumber,
  lockouts_cleared: v.fallback(v.optional(v.boolean(), false), false),
});

export const statusData = v.object({ status: v.string(), message: maybeText, timestamp: maybeTime });
