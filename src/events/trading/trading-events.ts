// What holds for each event that programs publish: docs/protocols/events.md has a heading for each, and Publishing for the
// rules. A schema lists the members that go out; others are taken and not passed on. Members that minimal publishers leave
// out may be absent, all others may not, even where null is one of their values.

import * as v from "valibot";
import type { PublishedType } from "../event-types.ts";
import {
  accountSchema,
  amountSchema,
  booleanSchema,
  countSchema,
  detailsSchema,
  identifierSchema,
  priceSchema,
  quantitySchema,
  sentenceSchema,
  timeSchema,
  wordSchema,
} from "./members.ts";

export interface TradingEventRules {
  /** Whose it is; undefined: one account's. */
  readonly account?: v.GenericSchema<unknown, number | null>;
  readonly data: v.GenericSchema<unknown, Readonly<Record<string, unknown>>>;
  /** The member that is the time of receipt: the feed fills it in where it is absent. */
  readonly receivedAt?: string;
  /** The member that must not lie in the future. */
  readonly pastMember?: string;
  /**
   * The gateway's own names of members, each with the feed's. Without them, a payload that is passed on as the gateway
   * sent it would be taken for one whose publisher leaves optional members out.
   */
  readonly gatewayNames?: Readonly<Record<string, string>>;
}

function describeData<Entries extends v.ObjectEntries>(members: Entries) {
  return v.object(members, "must be an object");
}

/** In the order in which a refusal lists them. */
export const TRADING_EVENTS = {
  GatewayUserTrade: {
    data: describeData({
      id: identifierSchema,
      contractId: wordSchema,
      profitAndLoss: v.pipe(
        v.unknown(),
        // The gateway's trade of half a round trip has no result; only a whole one is an event.
        v.check((result) => result !== null, "is null: a trade without a result is half a round trip, and no event"),
        amountSchema,
      ),
      quantity: v.optional(quantitySchema),
      executionTime: v.optional(timeSchema),
      timestamp: v.optional(timeSchema),
    }),
    receivedAt: "timestamp",
    pastMember: "executionTime",
    gatewayNames: { size: "quantity", creationTimestamp: "executionTime" },
  },

  GatewayUserPosition: {
    data: v.pipe(
      describeData({
        id: identifierSchema,
        contractId: wordSchema,
        type: v.picklist([1, 2], "must be 1 (long) or 2 (short)"),
        /** 0: it is closed. */
        size: countSchema,
        averagePrice: priceSchema,
        createdAt: v.optional(timeSchema),
        updatedAt: v.optional(timeSchema),
      }),
      v.forward(v.partialCheck([["createdAt"], ["updatedAt"]], isInOrder, "must not be before createdAt"), [
        "updatedAt",
      ]),
    ),
    receivedAt: "updatedAt",
    gatewayNames: { creationTimestamp: "createdAt" },
  },

  GatewayUserOrder: {
    data: v.pipe(
      describeData({
        id: identifierSchema,
        contractId: wordSchema,
        type: v.picklist(
          [0, 1, 2, 3, 4, 5],
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
      }),
      v.forward(
        v.partialCheck(
          [["type"], ["limitPrice"]],
          ({ type, limitPrice }) => !isOneOf(type, [2, 4]) || isPrice(limitPrice),
          "must be above 0 for a limit or stop-limit order",
        ),
        ["limitPrice"],
      ),
      v.forward(
        v.partialCheck(
          [["type"], ["stopPrice"]],
          ({ type, stopPrice }) => !isOneOf(type, [3, 4, 5]) || isPrice(stopPrice),
          "must be above 0 for a stop, stop-limit or trailing stop order",
        ),
        ["stopPrice"],
      ),
    ),
    receivedAt: "updatedAt",
    gatewayNames: { status: "state", creationTimestamp: "createdAt", updateTimestamp: "updatedAt" },
  },

  /** A broker's own quote has no account, and is told to each account that holds something in its contract. */
  MarketQuote: {
    account: v.optional(v.nullable(accountSchema), null),
    data: v.pipe(
      describeData({
        contractId: wordSchema,
        bid: priceSchema,
        ask: priceSchema,
        last: priceSchema,
        timestamp: v.optional(timeSchema),
      }),
      // Inverted quotes do occur around session breaks, and are no events; an old one is.
      v.forward(
        v.partialCheck([["bid"], ["ask"]], ({ bid, ask }) => ask >= bid, "must not be below bid"),
        ["ask"],
      ),
    ),
    receivedAt: "timestamp",
    pastMember: "timestamp",
    gatewayNames: { bestBid: "bid", bestAsk: "ask", lastPrice: "last" },
  },

  lockout_set: {
    data: describeData({
      reason: sentenceSchema,
      /** null: until it is cleared. It must be given, since its absence could be a slip that locks for ever. */
      locked_until: v.nullable(timeSchema),
      rule_id: wordSchema,
      locked_at: v.optional(timeSchema),
    }),
    receivedAt: "locked_at",
  },

  lockout_cleared: {
    data: describeData({
      cleared_at: timeSchema,
      cleared_by: v.picklist(
        ["TIMER_EXPIRY", "ADMIN_OVERRIDE", "DAILY_RESET"],
        "must be TIMER_EXPIRY, ADMIN_OVERRIDE or DAILY_RESET",
      ),
    }),
  },

  enforcement_action: {
    data: describeData({
      /** An open set, `COOLDOWN` for one. */
      action: wordSchema,
      reason: sentenceSchema,
      rule_id: wordSchema,
      /** Absent: nobody knows. */
      success: v.optional(booleanSchema),
      timestamp: v.optional(timeSchema),
      details: v.optional(detailsSchema),
    }),
    receivedAt: "timestamp",
  },

  daily_reset: {
    data: describeData({
      reset_time: timeSchema,
      /** The realised result of the day that ended. */
      previous_pnl: amountSchema,
      previous_trade_count: v.optional(countSchema),
      lockouts_cleared: booleanSchema,
    }),
    // Nothing would count until then.
    pastMember: "reset_time",
  },

  daemon_status: {
    account: v.null("must be null for daemon_status"),
    data: describeData({
      status: v.picklist(["RUNNING", "STOPPING", "ERROR"], "must be RUNNING, STOPPING or ERROR"),
      message: sentenceSchema,
      timestamp: v.optional(timeSchema),
    }),
    receivedAt: "timestamp",
  },

  /** What a contract's prices are worth, without which no reader can compute a result. */
  GatewayContract: {
    account: v.optional(v.null("must be null for GatewayContract"), null),
    data: describeData({
      contractId: wordSchema,
      /** For people. */
      name: v.optional(v.nullable(wordSchema), null),
      /** What contracts that follow each other have in common, such as `F.US.MES`. */
      symbolId: wordSchema,
      /** The smallest step of the price. */
      tickSize: priceSchema,
      /** What one step of one contract is in money. */
      tickValue: priceSchema,
    }),
    gatewayNames: { id: "contractId" },
  },
} as const satisfies { readonly [Type in PublishedType]: TradingEventRules };

function isInOrder({ createdAt, updatedAt }: { createdAt?: string | undefined; updatedAt?: string | undefined }) {
  return createdAt === undefined || updatedAt === undefined || Date.parse(createdAt) <= Date.parse(updatedAt);
}

function isOneOf(type: number, types: readonly number[]): boolean {
  return types.includes(type);
}

function isPrice(price: number | null): boolean {
  return price !== null && price > 0;
}
