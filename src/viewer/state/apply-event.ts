import * as v from "valibot";
import type { WireEvent } from "../../events/event.ts";
import { type EventType, isDurable, isStateful } from "../../events/event-types.ts";
import { isFinalState } from "../../events/order-numbers.ts";
import { findTradingDay } from "../../events/trading-day.ts";
import type { StreamEvent } from "../client/stream.ts";
import { type AccountState, giveNotice, KEPT, type Notice } from "./account-state.ts";
import { addAction, addLockout, beginDay } from "./history.ts";
import { formatMoney, noteExtremes } from "./profit.ts";
import {
  actionData,
  clearedData,
  contractData,
  type Lockout,
  lockoutData,
  orderData,
  positionData,
  quoteData,
  resetData,
  statusData,
  tradeData,
} from "./wire-data.ts";

/**
 * The state after an event. The very same state means that the event changed nothing: an unknown or senseless one, or one
 * that is in the state already.
 * @param now milliseconds since the epoch, for what came without a time.
 */
export function applyEvent(state: AccountState, event: HeardEvent, now: number): AccountState {
  if (isRead(state, event)) return state;
  const next = REACTIONS_BY_NAME.get(event.type)?.(state, event.data, now) ?? state;
  return next === state || !isEntry(event) ? next : { ...next, newestEntry: now };
}

type HeardEvent = WireEvent & Partial<Pick<StreamEvent, "seq" | "isNews">>;

/** Quotes and contracts come by the hundred: they wait for the next tick. */
export function isQuiet({ type }: Pick<WireEvent, "type">): boolean {
  return QUIET.some((quiet) => quiet === type);
}

const QUIET: readonly EventType[] = ["MarketQuote", "GatewayContract"];

/** Whether the tables contained it when they were read. */
function isRead({ readUpTo }: AccountState, { type, seq }: { type: string; seq?: number | undefined }): boolean {
  return isStateful(type) && seq !== undefined && readUpTo !== undefined && seq <= readUpTo;
}

/** Whether it has just come into the database as one of this account's. */
function isEntry({ type, account_id, isNews = true }: HeardEvent): boolean {
  return isNews && account_id !== null && isDurable(type);
}

type Reaction = (state: AccountState, data: unknown, now: number) => AccountState | undefined;

/** Only types that change what is shown are here; a new type need not be. */
const REACTIONS: { readonly [Type in EventType]?: Reaction } = {
  GatewayUserTrade: react(tradeData, (state, { id, contractId: contract, profitAndLoss: result, ...times }, now) => {
    // The gateway tells some again after a lost connection.
    if (result === null || (id !== undefined && state.trades.some((trade) => trade.id === id))) return state;
    const at = times.executionTime ?? times.timestamp ?? now;
    // Who is locked has more to think of than a trade.
    const told =
      state.lockout === undefined
        ? giveNotice(state, `trade in ${contract}: ${formatMoney(result)}`, moodOf(result), now)
        : state;
    // What comes late belongs to the day on which it was traded.
    if (at < state.day.start) return told;
    return {
      ...told,
      realised: state.realised === undefined ? undefined : state.realised + result,
      tradeCount: state.tradeCount === undefined ? undefined : state.tradeCount + 1,
      trades: [...state.trades, { id, contract, result, at }]
        .sort((one, other) => one.at - other.at)
        .slice(-KEPT.trades),
    };
  }),

  GatewayUserPosition: react(positionData, (state, position, now) => {
    const { id, size } = position;
    const positions = size === 0 ? without(state.positions, id) : withEntry(state.positions, id, position);
    return noteExtremes({ ...state, positions }, now);
  }),

  GatewayUserOrder: react(orderData, (state, order) => {
    const isFinal = isFinalState(order.state);
    return { ...state, orders: isFinal ? without(state.orders, order.id) : withEntry(state.orders, order.id, order) };
  }),

  MarketQuote: react(quoteData, (state, { contractId, timestamp, ...prices }, now) => {
    const at = timestamp ?? now;
    if ((state.quotes.get(contractId)?.at ?? 0) > at) return state;
    return noteExtremes({ ...state, quotes: withEntry(state.quotes, contractId, { ...prices, at }) }, now);
  }),

  GatewayContract: react(contractData, (state, { contractId, tickSize, tickValue }, now) =>
    noteExtremes({ ...state, contracts: withEntry(state.contracts, contractId, { tickSize, tickValue }) }, now),
  ),

  lockout_set: react(lockoutData, (state, told, now) => {
    const lockout: Lockout = { ...told, from: told.from ?? now };
    // A snapshot repeats what the database has told, which knows past ones by the time of their action.
    if (state.lockout !== undefined && isSame(state.lockout, lockout)) return { ...state, lockout };
    // Its banner says all; what was said of trades before it gives way.
    return { ...state, lockout, seenLockouts: addLockout(state.seenLockouts, lockout), notices: [] };
  }),

  lockout_cleared: react(clearedData, (state, { cleared_by }, now) => {
    const by = cleared_by === "" ? "" : ` (${cleared_by})`;
    return giveNotice({ ...state, lockout: undefined }, `trading resumed${by}`, "good", now);
  }),

  enforcement_action: react(actionData, (state, action, now) => {
    const { kind, rule, reason, success } = action;
    const next = addAction(state, { ...action, at: action.at ?? now });
    const failed = success === false ? " failed" : "";
    return giveNotice(next, `${kind}${failed} by ${rule}: ${reason}`, "bad", now);
  }),

  daily_reset: react(resetData, (state, { reset_time, previous_pnl, lockouts_cleared }, now) => {
    const from = Math.min(reset_time ?? now, now);
    const day = from < state.day.end ? state.day : findTradingDay(from);
    const begun = beginDay(state, { ...day, start: Math.max(day.start, from) }, from);
    const next = { ...begun, lockout: lockouts_cleared ? undefined : state.lockout };
    const previous = previous_pnl === undefined ? "-" : formatMoney(previous_pnl);
    return giveNotice(next, `a new day; the last one's result was ${previous}`, "neutral", now);
  }),

  daemon_status: react(statusData, (state, { status, message, timestamp }, now) => {
    const next = { ...state, daemon: { status, message, at: timestamp ?? now } };
    return status === "RUNNING" ? next : giveNotice(next, `daemon ${status}: ${message}`, "bad", now);
  }),
};

const REACTIONS_BY_NAME: ReadonlyMap<string, Reaction> = new Map(Object.entries(REACTIONS));

/** A reaction to data that fit the schema; others change nothing. */
function react<Schema extends v.GenericSchema>(
  schema: Schema,
  change: (state: AccountState, data: v.InferOutput<Schema>, now: number) => AccountState,
): Reaction {
  return (state, input, now) => {
    const data = v.safeParse(schema, input);
    return data.success ? change(state, data.output, now) : undefined;
  };
}

function moodOf(result: number): Notice["mood"] {
  return result < 0 ? "bad" : result > 0 ? "good" : "neutral";
}

function isSame(one: Lockout, other: Lockout): boolean {
  return one.rule === other.rule && one.from === other.from;
}

function withEntry<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key, value: Value): ReadonlyMap<Key, Value> {
  return new Map(map).set(key, value);
}

function without<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
