import { totalResult, totalUnrealised, unrealisedOf } from "../state/profit.ts";
import { layOut, listEntries } from "./columns.ts";
import { describeRemaining } from "./enforcement.ts";
import { count, money, price, UNKNOWN } from "./figures.ts";
import { drawDoubt, drawPrice } from "./freshness.ts";
import type { Line } from "./line.ts";
import type { View } from "./view.ts";

/** Tab 1: today's result, what is open, and whether trading is blocked. */
export function drawOverview({ state, now }: View): readonly Line[] {
  const { lockout } = state;
  return [
    ...listEntries([
      ["Trading day", { text: state.day.date }],
      ["Realised", money(state.realised)],
      ["Unrealised", money(totalUnrealised(state)), ...drawDoubt(state, now)],
      ["Total", money(totalResult(state))],
      ["Trades", count(state.tradeCount)],
      ["Loss limit", UNKNOWN, { text: "  not in the feed", tone: "faint" }],
      [
        "Lockout",
        lockout === undefined
          ? { text: "none", tone: "good" }
          : { text: `${lockout.rule}, ${describeRemaining(lockout, now)}`, tone: "bad" },
      ],
    ]),
    [],
    ...drawOpen(state, now),
  ];
}

function drawOpen(state: View["state"], now: number): readonly Line[] {
  const positions = [...state.positions.values()];
  if (positions.length === 0) return [[{ text: "No open positions." }]];
  return layOut(
    ["CONTRACT", "SIDE", "SIZE", "AVERAGE", "PRICE", "RESULT"],
    positions.map((position) => [
      { text: position.contract },
      { text: position.side ?? "?" },
      count(position.size),
      price(position.average),
      drawPrice(position.contract, state, now),
      money(unrealisedOf(position, state)),
    ]),
  );
}
