import { totalResult, totalUnrealised } from "../state/profit.ts";
import { layOut, listEntries } from "./columns.ts";
import { describeRemaining } from "./enforcement.ts";
import { count, money, UNKNOWN } from "./figures.ts";
import { drawDoubt } from "./freshness.ts";
import type { Line } from "./line.ts";
import { drawPosition, POSITION_HEAD } from "./positions.ts";
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
  if (state.positions.size === 0) return [[{ text: "No open positions." }]];
  return layOut(
    POSITION_HEAD,
    [...state.positions.values()].map((position) => drawPosition(position, state, now)),
  );
}
