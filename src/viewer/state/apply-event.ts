import * as v from "valibot";
import type { WireEvent } from "../../events/event.ts";
import { judgeOrderState } from "../../events/trading/order-numbers.ts";
import type { AccountState, Action, Lockout, Notice, Order } from "./account-state.ts";
import { noteExtremes } from "./profit.ts";
import { findTradingDay } from "./trading-day.ts";
import {
  actionData,
  clearedData,
  contractData,
  lockoutData,
  orderData,
  positionData,
  quoteData,
  resetData,
  statusData,
  tradeData,
} from "./wire-data.ts";

/** How much is kept of each list: a screen shows no more. */
export const KEPT = { actions: 20, lockouts: 5, trades: 500 } as const;

/**
 * The state after an event. The very same state means that the event changed nothing: an unknown or senseless one, or one
 * that is in the state already. Reference page event-stream.md section 10, reactions.
 * @param now milliseconds since the epoch, for what came without a time.
 */
export function applyEvent(state: AccountState, event: WireEvent & { readonly seq?: number | undefined }, now: number) {
  if (isRead(state, event)) return state;
  return REACTIONS.get(event.type)?.(state, event.data, now) ?? state;
}

/** Quotes and contracts come by the hundred: they wait for the next tick. */
export function isQuiet({ type }: Pick<WireEvent, "type">): boolean {
  return type === "MarketQuote" || type === "GatewayContract";
}

/** Whether the tables contained it when they were read; section 6, start-up without gaps. They keep neither quotes nor what the daemon says of itself. */
function isRead({ readUpTo }: AccountState, { type, seq }: { type: string; seq?: number | undefined }): boolean {
  if (type === "MarketQuote" || type === "daemon_status") return false;
  return seq !== undefined && readUpTo !== undefined && seq <= readUpTo;
}

type Reaction = (state: AccountState, data: unknown, now: number) => AccountState | undefined;

const REACTIONS: ReadonlyMap<string, Reaction> = new Map(
  Object.entries({
    GatewayUserTrade: react(tradeData, (state, { contractId: contract, profitAndLoss: result, ...times }, now) => {
      if (result === null) return state;
      const at = times.executionTime ?? times.timestamp ?? now;
      const mood = result < 0 ? "bad" : result > 0 ? "good" : "neutral";
      const told = { ...state, notice: notice(`trade in ${contract}: ${result.toFixed(2)}`, mood, now) };
      // What comes late belongs to the day on which it was traded.
      if (at < state.day.start) return told;
      return {
        ...told,
        realised: state.realised === undefined ? undefined : state.realised + result,
        tradeCount: state.tradeCount === undefined ? undefined : state.tradeCount + 1,
        trades: [...state.trades, { contract, result, at }].slice(-KEPT.trades),
      };
    }),

    GatewayUserPosition: react(positionData, (state, data, now) => {
      const { id, contractId: contract, type, size, averagePrice: average, createdAt, updatedAt } = data;
      const side = type === 1 ? "long" : type === 2 ? "short" : undefined;
      const position = { id, contract, side, size, average, createdAt, updatedAt } as const;
      const positions = size === 0 ? without(state.positions, id) : withEntry(state.positions, id, position);
      return noteExtremes({ ...state, positions }, now);
    }),

    GatewayUserOrder: react(orderData, (state, { contractId: contract, ...order }) => {
      const isFinal = judgeOrderState(order.state) === "final";
      const { limitPrice, stopPrice, createdAt, updatedAt } = order;
      const held: Order = { ...order, contract, limitPrice, stopPrice, createdAt, updatedAt };
      return { ...state, orders: isFinal ? without(state.orders, order.id) : withEntry(state.orders, order.id, held) };
    }),

    MarketQuote: react(quoteData, (state, { contractId, timestamp, ...prices }, now) => {
      const at = timestamp ?? now;
      if ((state.quotes.get(contractId)?.at ?? 0) > at) return state;
      return noteExtremes({ ...state, quotes: withEntry(state.quotes, contractId, { ...prices, at }) }, now);
    }),

    GatewayContract: react(contractData, (state, { contractId, tickSize, tickValue }, now) =>
      noteExtremes({ ...state, contracts: withEntry(state.contracts, contractId, { tickSize, tickValue }) }, now),
    ),

    lockout_set: react(lockoutData, (state, { reason, rule_id: rule, locked_at, locked_until }, now) => {
      const lockout: Lockout = { rule, reason, from: locked_at ?? now, until: locked_until ?? undefined };
      // A snapshot repeats what the database has told, which knows past ones by the time of their action.
      if (state.lockout !== undefined && isSame(state.lockout, lockout)) return { ...state, lockout };
      return {
        ...state,
        lockout,
        pastLockouts: [lockout, ...state.pastLockouts.filter((past) => !isSame(past, lockout))].slice(0, KEPT.lockouts),
        notice: notice(`locked by ${rule}: ${reason}`, "bad", now),
      };
    }),

    lockout_cleared: react(clearedData, (state, { cleared_by }, now) => ({
      ...state,
      lockout: undefined,
      notice: notice(`trading resumed${cleared_by === "" ? "" : ` (${cleared_by})`}`, "good", now),
    })),

    enforcement_action: react(actionData, (state, { action: name, reason, rule_id: rule, success, timestamp }, now) => {
      const kind = name.toUpperCase();
      const action: Action = { at: timestamp ?? now, rule, kind, reason, success };
      return {
        ...state,
        actions: [action, ...state.actions].slice(0, KEPT.actions),
        actionCounts: withEntry(state.actionCounts, kind, (state.actionCounts.get(kind) ?? 0) + 1),
        notice: notice(`${kind} by ${rule}: ${reason}`, "bad", now),
      };
    }),

    daily_reset: react(resetData, (state, { reset_time, previous_pnl, lockouts_cleared }, now) => {
      const from = Math.min(reset_time ?? now, now);
      const day = from < state.day.end ? state.day : findTradingDay(from);
      // The reset may be told after the first trades of the new day.
      const trades = state.trades.filter(({ at }) => at >= from);
      return {
        ...state,
        day: { ...day, start: Math.max(day.start, from) },
        realised: trades.reduce((sum, { result }) => sum + result, 0),
        tradeCount: trades.length,
        trades,
        actionCounts: new Map(),
        lockout: lockouts_cleared ? undefined : state.lockout,
        notice: notice(`a new day; the last one's result was ${previous_pnl?.toFixed(2) ?? "-"}`, "neutral", now),
      };
    }),

    daemon_status: react(statusData, (state, { status, message, timestamp }, now) => ({
      ...state,
      daemon: { status, message, at: timestamp ?? now },
      notice: status === "RUNNING" ? state.notice : notice(`daemon ${status}: ${message}`, "bad", now),
    })),
  }),
);

/** What makes no sense changes nothing. */
function react<Schema extends v.GenericSchema>(
  schema: Schema,
  change: (state: AccountState, data: v.InferOutput<Schema>, now: number) => AccountState,
): Reaction {
  return (state, input, now) => {
    const data = v.safeParse(schema, input);
    return data.success ? change(state, data.output, now) : undefined;
  };
}

function notice(text: string, mood: Notice["mood"], at: number): Notice {
  return { text, mood, at };
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
