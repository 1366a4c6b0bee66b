import type { Extreme } from "../state/account-state.ts";
import { totalResult, totalUnrealised } from "../state/profit.ts";
import { layOut, listEntries } from "./columns.ts";
import { describeRemaining } from "./enforcement.ts";
import { figure, formatClock, money, UNKNOWN } from "./figures.ts";
import { drawDoubt } from "./freshness.ts";
import type { Line, Span } from "./line.ts";
import { drawPosition, POSITION_HEAD } from "./positions.ts";
import type { View } from "./view.ts";

const SHOWN_TRADES = 10;

/** Tab 1: today's result, what is open, and whether trading is blocked. */
export function drawOverview({ state, now }: View): readonly Line[] {
  const { lockout } = state;
  return [
    ...listEntries([
      ["Trading day", state.day.date],
      ...listResults(state, now),
      ["Trades", figure(state.tradeCount)],
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
  if (state.positions.size === 0) return [["No open positions."]];
  return layOut(
    POSITION_HEAD,
    [...state.positions.values()].map((position) => drawPosition(position, state, now)),
  );
}

/** Tab 2: the day's result, and how it came about. */
export function drawResults({ state, now, zone }: View): readonly Line[] {
  return [
    ...listEntries([
      ...listResults(state, now),
      ["Lowest unrealised", ...drawExtreme(state.extremes?.lowest, zone)],
      ["Highest unrealised", ...drawExtreme(state.extremes?.highest, zone)],
      ["Balance, buffer", UNKNOWN, { text: "  not in the feed", tone: "faint" }],
    ]),
    [],
    ...drawTrades(state, zone),
  ];
}

function listResults(state: View["state"], now: number): readonly (readonly [name: string, ...value: Span[]])[] {
  return [
    ["Realised", money(state.realised)],
    ["Unrealised", money(totalUnrealised(state)), ...drawDoubt(state, now)],
    ["Total", money(totalResult(state))],
  ];
}

function drawExtreme(extreme: Extreme | undefined, zone: string): readonly Span[] {
  if (extreme === undefined) return [UNKNOWN];
  return [money(extreme.amount), { text: `  at ${formatClock(extreme.at, zone)}`, tone: "faint" }];
}

/** The newest first; each with the day's result after it, which is counted back from today's. */
function drawTrades({ trades, realised }: View["state"], zone: string): readonly Line[] {
  if (trades.length === 0) return [["No trades on this trading day."]];
  let after = realised;
  const rows = trades
    .slice(-SHOWN_TRADES)
    .reverse()
    .map(({ at, contract, result }): Line => {
      const row = [formatClock(at, zone), contract, money(result), money(after)];
      if (after !== undefined) after -= result;
      return row;
    });
  return layOut(["TIME", "CONTRACT", "RESULT", "DAY"], rows);
}
