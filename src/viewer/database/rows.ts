import * as v from "valibot";
import { toWireNumbers } from "../../events/order-numbers.ts";
import { parseTime } from "../../events/time.ts";
import type { Action, Lockout, Order, Position, Trade } from "../state/account-state.ts";

// The tables' rows, each turned into what the viewer means by it: numbers by meaning, times into milliseconds since the
// epoch. docs/protocols/events.md, Last known state.

const maybeNumber = v.pipe(
  v.nullable(v.number()),
  v.transform((number) => number ?? undefined),
);
const maybeTime = v.pipe(
  v.nullable(v.string()),
  v.transform((text) => (text === null ? undefined : parseTime(text))),
);
const number = v.pipe(
  v.nullable(v.number()),
  v.transform((number) => number ?? 0),
);
const text = v.pipe(
  v.nullable(v.string()),
  v.transform((text) => text ?? ""),
);

export const countRow = v.object({ count: v.number() });
export const numberRow = v.object({ number: maybeNumber });
export const timeRow = v.object({ time: maybeTime });

export const tradeRow = v.pipe(
  v.object({ id: v.number(), contract_id: text, pnl: v.number(), timestamp: maybeTime }),
  v.transform(({ id, contract_id: contract, pnl: result, timestamp: at = 0 }): Trade => ({ id, contract, result, at })),
);

export const positionRow = v.pipe(
  v.object({
    id: v.number(),
    contract_id: text,
    type: number,
    size: number,
    average_price: maybeNumber,
    created_at: maybeTime,
    updated_at: maybeTime,
  }),
  v.transform(
    ({ id, contract_id: contract, type, size, average_price: average, ...times }): Position => ({
      id,
      contract,
      side: type === 1 ? "long" : type === 2 ? "short" : undefined,
      size,
      average,
      createdAt: times.created_at,
      updatedAt: times.updated_at,
    }),
  ),
);

export const orderRow = v.pipe(
  v.object({
    id: v.number(),
    contract_id: text,
    type: number,
    side: v.nullable(v.number()),
    size: number,
    limit_price: maybeNumber,
    stop_price: maybeNumber,
    state: number,
    created_at: maybeTime,
    updated_at: maybeTime,
  }),
  v.transform(
    ({ id, contract_id: contract, type, side, size, state, ...rest }): Order => ({
      id,
      contract,
      // Where no side stands, none is known: 0 is one there.
      ...toWireNumbers({ type, side: side ?? -1, state }),
      size,
      limitPrice: rest.limit_price,
      stopPrice: rest.stop_price,
      createdAt: rest.created_at,
      updatedAt: rest.updated_at,
    }),
  ),
);

export const contractRow = v.pipe(
  v.object({ contract_id: v.string(), tick_size: v.number(), tick_value: v.number() }),
  v.transform(({ contract_id: contract, tick_size: tickSize, tick_value: tickValue }) => ({
    contract,
    tickSize,
    tickValue,
  })),
);

export const lockoutRow = v.pipe(
  v.object({ rule_id: text, reason: text, locked_at: maybeTime, locked_until: maybeTime }),
  v.transform(
    ({ rule_id: rule, reason, locked_at: from, locked_until: until }): Lockout => ({ rule, reason, from, until }),
  ),
);

export const actionRow = v.pipe(
  v.object({ timestamp: maybeTime, rule_id: text, action: v.string(), reason: text, success: maybeNumber }),
  v.transform(
    ({ timestamp: at, rule_id: rule, action, reason, success }): Action => ({
      at,
      rule,
      kind: action.toUpperCase(),
      reason,
      success: success === undefined ? undefined : success !== 0,
    }),
  ),
);

export const actionCountRow = v.pipe(
  v.object({ kind: v.string(), count: v.number() }),
  v.transform(({ kind, count }) => [kind, count] as const),
);
