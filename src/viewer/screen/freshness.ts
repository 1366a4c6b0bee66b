import type { AccountState, Quote } from "../state/account-state.ts";
import { figure, formatSpan, UNKNOWN } from "./figures.ts";
import type { Span } from "./line.ts";

/** Beyond these ages, in milliseconds, a quote is stale, or none. */
const STALE_MS = 5_000;
const NONE_MS = 30_000;

const LABELS = { fresh: { tone: "good" }, stale: { tone: "warning" }, "no data": { tone: "bad" } } as const;

/** How old a quote is, and whether it is good for anything. */
export function drawFreshness({ at }: Quote, now: number): Span {
  const label = judge(now - at);
  const old = formatSpan(now - at);
  return { text: label === "no data" ? `no data for ${old}` : `${label}, ${old}`, ...LABELS[label] };
}

/** A contract's last price, marked where it is old: what is computed from it is as old. */
export function drawPrice(contract: string, { quotes }: Pick<AccountState, "quotes">, now: number): Span {
  const quote = quotes.get(contract);
  if (quote === undefined) return UNKNOWN;
  const label = judge(now - quote.at);
  if (label === "fresh") return figure(quote.last);
  return { text: `${quote.last} ${label}`, ...LABELS[label] };
}

/** A warning beside a sum over all positions; empty where all its prices are fresh. */
export function drawDoubt(
  { positions, quotes }: Pick<AccountState, "positions" | "quotes">,
  now: number,
): readonly Span[] {
  const held = [...positions.values()].flatMap(({ contract }) => quotes.get(contract) ?? []);
  const oldest = Math.min(...held.map(({ at }) => at));
  const label = judge(now - oldest);
  if (held.length < positions.size || held.length === 0 || label === "fresh") return [];
  return [{ text: `  from a price ${formatSpan(now - oldest)} old`, ...LABELS[label] }];
}

function judge(age: number): keyof typeof LABELS {
  return age > NONE_MS ? "no data" : age > STALE_MS ? "stale" : "fresh";
}
