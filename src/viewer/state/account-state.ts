import { findTradingDay, type TradingDay } from "../../events/trading-day.ts";
import type { Action, Lockout, Order, Position } from "./wire-data.ts";

/** How much is kept of each list; a screen shows no more. */
export const KEPT = { actions: 20, lockouts: 5, notices: 2, trades: 500 } as const;

/** All that is known of one account. Times are milliseconds since the epoch; undefined is what nobody has told. */
export interface AccountState {
  readonly account: number;
  readonly day: TradingDay;
  /** Result of the trades of this trading day. */
  readonly realised: number | undefined;
  readonly tradeCount: number | undefined;
  /** Since the last reset, the oldest first. */
  readonly trades: readonly Trade[];
  readonly positions: ReadonlyMap<number, Position>;
  readonly orders: ReadonlyMap<number, Order>;
  readonly quotes: ReadonlyMap<string, Quote>;
  readonly contracts: ReadonlyMap<string, Contract>;
  /** The lowest and the highest unrealised result since the viewer began. */
  readonly extremes: { readonly lowest: Extreme; readonly highest: Extreme } | undefined;
  readonly lockout: Lockout | undefined;
  /** The last few that were set, as the stream or the table of the active ones told; the newest first. */
  readonly seenLockouts: readonly Lockout[];
  /** The last few actions that lock, the newest first. */
  readonly lockingActions: readonly Action[];
  /** The newest first. */
  readonly actions: readonly Action[];
  /** How often each kind of action was taken on this trading day. */
  readonly actionCounts: ReadonlyMap<string, number>;
  readonly daemon: DaemonWord | undefined;
  /** The last few, the newest first. */
  readonly notices: readonly Notice[];
  /** When something of this account came into the database last. */
  readonly newestEntry: number | undefined;
  /** The number of the last event that the database contained when it was read. */
  readonly readUpTo: number | undefined;
}

export interface Trade {
  /** The gateway's number. */
  readonly id: number | undefined;
  readonly contract: string;
  readonly result: number;
  readonly at: number;
}

export interface Quote {
  readonly bid: number;
  readonly ask: number;
  readonly last: number;
  readonly at: number;
}

export interface Contract {
  readonly tickSize: number;
  readonly tickValue: number;
}

export interface Extreme {
  readonly amount: number;
  readonly at: number;
}

interface DaemonWord {
  readonly status: string;
  readonly message: string;
  readonly at: number;
}

/** A word about what has just happened, shown for a moment. */
export interface Notice {
  readonly text: string;
  readonly mood: "good" | "bad" | "neutral";
  readonly at: number;
}

/** An account of which nothing is known yet. @param now milliseconds since the epoch. */
export function beginState(account: number, now: number): AccountState {
  return {
    account,
    day: findTradingDay(now),
    realised: undefined,
    tradeCount: undefined,
    trades: [],
    positions: new Map(),
    orders: new Map(),
    quotes: new Map(),
    contracts: new Map(),
    extremes: undefined,
    lockout: undefined,
    seenLockouts: [],
    lockingActions: [],
    actions: [],
    actionCounts: new Map(),
    daemon: undefined,
    notices: [],
    newestEntry: undefined,
    readUpTo: undefined,
  };
}

/** The state with word of what has just happened. @param at milliseconds since the epoch. */
export function giveNotice(state: AccountState, text: string, mood: Notice["mood"], at: number): AccountState {
  return { ...state, notices: [{ text, mood, at }, ...state.notices].slice(0, KEPT.notices) };
}
