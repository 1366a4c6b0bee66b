import { findTradingDay } from "../../events/trading-day.ts";
import type { LastKnown } from "../database/read-account.ts";
import type { AccountState } from "./account-state.ts";
import { addLockout, beginDay } from "./history.ts";
import { noteExtremes } from "./profit.ts";

/**
 * The state as the database has it. What is not in there stays: quotes, extremes, what the daemon said of itself, and the
 * lockouts that were seen, of which the tables keep the active one.
 */
export function applyRows(state: AccountState, rows: LastKnown, now: number): AccountState {
  const { positions, orders, contracts, actionCounts, ...rest } = rows;
  return noteExtremes(
    {
      ...state,
      ...rest,
      positions: new Map(positions.map((position) => [position.id, position])),
      orders: new Map(orders.map((order) => [order.id, order])),
      contracts: new Map([
        ...state.contracts,
        ...contracts.map(({ contractId, ...tick }) => [contractId, tick] as const),
      ]),
      seenLockouts: rows.lockout === undefined ? state.seenLockouts : addLockout(state.seenLockouts, rows.lockout),
      actionCounts: new Map(actionCounts),
    },
    now,
  );
}

/** The state as time goes by: a lockout ends, and a trading day with its result. @param now milliseconds since the epoch. */
export function applyTime(state: AccountState, now: number): AccountState {
  const isOver = state.lockout?.until !== undefined && state.lockout.until <= now - LATE_MS;
  const unlocked = isOver ? { ...state, lockout: undefined } : state;
  if (now < state.day.end) return unlocked;
  const day = findTradingDay(now);
  const begun = beginDay(unlocked, day, day.start);
  return {
    ...begun,
    realised: state.realised === undefined ? undefined : begun.realised,
    tradeCount: state.tradeCount === undefined ? undefined : begun.tradeCount,
  };
}

/** The daemon says within a second that a lockout has expired; where it says nothing, it is over all the same. */
const LATE_MS = 2_000;
