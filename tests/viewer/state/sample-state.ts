import { findTradingDay } from "../../../src/events/trading-day.ts";
import type { LastKnown } from "../../../src/viewer/database/read-account.ts";
import { beginState } from "../../../src/viewer/state/account-state.ts";
import { applyEvent } from "../../../src/viewer/state/apply-event.ts";
import { applyRows } from "../../../src/viewer/state/apply-rows.ts";
import { CONTRACT, NOW } from "../fixture-database.ts";

/** What the database knew: one trade. */
export const ROWS: LastKnown = {
  day: findTradingDay(NOW),
  realised: 25,
  tradeCount: 1,
  trades: [{ id: 1, contract: CONTRACT, result: 25, at: NOW - 60_000 }],
  positions: [],
  orders: [],
  contracts: [{ contractId: CONTRACT, tickSize: 0.25, tickValue: 1.25 }],
  lockout: undefined,
  lockingActions: [],
  actions: [],
  actionCounts: [],
  newestEntry: NOW - 60_000,
  readUpTo: 10,
};

export const KNOWN = applyRows(beginState(7_001, NOW), ROWS, NOW);

/** The state after events, numbered from 11 where they have no number. */
export function after(...events: readonly { type: string; data: Record<string, unknown>; seq?: number }[]) {
  return events.reduce(
    (state, event, index) => applyEvent(state, { seq: 11 + index, account_id: 7_001, ...event }, NOW),
    KNOWN,
  );
}

let trades = 1;

/** Another one with each call. */
export const trade = (profitAndLoss: number | null, executionTime = "2025-11-04T14:59:00Z") => ({
  type: "GatewayUserTrade",
  data: { id: ++trades, contractId: CONTRACT, profitAndLoss, quantity: 1, executionTime },
});
export const position = (type: number, size: number, averagePrice = 6800) => ({
  type: "GatewayUserPosition",
  data: { id: 5, contractId: CONTRACT, type, size, averagePrice },
});
export const order = (state: number) => ({
  type: "GatewayUserOrder",
  data: { id: 9, contractId: CONTRACT, type: 3, side: 1, size: 1, limitPrice: null, stopPrice: 6875.25, state },
});
export const quote = (last: number, timestamp = "2025-11-04T15:00:00Z") => ({
  type: "MarketQuote",
  data: { contractId: CONTRACT, bid: last, ask: last, last, timestamp },
});
export const lockout = { type: "lockout_set", data: { reason: "cooldown", locked_until: null, rule_id: "RULE-007" } };
