import { sumSizes } from "../state/exposure.ts";
import { unrealisedOf } from "../state/profit.ts";
import type { Order, Position } from "../state/wire-data.ts";
import { layOut } from "./columns.ts";
import { age, amountOf, figure, money, UNKNOWN } from "./figures.ts";
import { drawFreshness, drawPrice } from "./freshness.ts";
import type { Line, Span } from "./line.ts";
import type { View } from "./view.ts";

/** Tab 3: what is held, what is ordered, and at which prices. */
export function drawPositions(view: View): readonly Line[] {
  return [...drawHeld(view), [], ...drawOrders(view), [], ...drawQuotes(view)];
}

export const POSITION_HEAD = ["CONTRACT", "SIDE", "SIZE", "AVERAGE", "PRICE", "RESULT"] as const;

/** The cells of one position. */
export function drawPosition(position: Position, state: View["state"], now: number): Line {
  return [
    position.contract,
    position.side ?? "?",
    figure(position.size),
    figure(position.average),
    drawPrice(position.contract, state, now),
    money(unrealisedOf(position, state)),
  ];
}

function drawHeld({ state, now }: View): readonly Line[] {
  const positions = [...state.positions.values()];
  if (positions.length === 0) return [["No open positions."]];
  const contracts = amountOf(sumSizes(positions), "contract");
  const table = layOut(
    [...POSITION_HEAD, "AGE"],
    positions.map((position) => [...drawPosition(position, state, now), age(position.createdAt, now)]),
  );
  return [...table, [{ text: `${contracts} in all; their limit is not in the feed`, tone: "faint" }]];
}

function drawOrders({ state, now }: View): readonly Line[] {
  const orders = [...state.orders.values()];
  if (orders.length === 0) return [["No working orders."]];
  return layOut(
    ["ORDER", "TYPE", "SIDE", "SIZE", "PRICE", "STATE", "AGE"],
    orders.map((order) => [
      order.contract,
      TYPES[order.type] ?? `type ${order.type}`,
      SIDES[order.side] ?? `side ${order.side}`,
      figure(order.size),
      drawOrderPrice(order),
      STATES[order.state] ?? `state ${order.state}`,
      age(order.createdAt, now),
    ]),
  );
}

/** The wire's numbers, by meaning. */
const TYPES: Readonly<Record<number, string>> = { 1: "market", 2: "limit", 3: "stop", 4: "stop-limit", 5: "trailing" };
const SIDES: Readonly<Record<number, string>> = { 1: "buy", 2: "sell" };
const STATES: Readonly<Record<number, string>> = { 1: "working", 5: "partly filled" };

function drawOrderPrice({ limitPrice, stopPrice }: Order): Span {
  const prices = [stopPrice, limitPrice].filter((price) => price !== undefined);
  return prices.length === 0 ? UNKNOWN : prices.join(" / ");
}

function drawQuotes({ state, now }: View): readonly Line[] {
  if (state.quotes.size === 0) return [["No quotes yet."]];
  return layOut(
    ["QUOTE", "BID", "ASK", "LAST", "AGE"],
    [...state.quotes].map(([contract, quote]) => [
      contract,
      figure(quote.bid),
      figure(quote.ask),
      figure(quote.last),
      drawFreshness(quote, now),
    ]),
  );
}
