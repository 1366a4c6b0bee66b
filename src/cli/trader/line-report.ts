import { escapeControls } from "../../platform/plain-text.ts";
import { amountOf, formatClock, formatSpan, money } from "../../viewer/screen/figures.ts";
import { textOf, toPlainText } from "../../viewer/screen/line.ts";
import type { View } from "../../viewer/screen/view.ts";
import { totalResult, totalUnrealised, unrealisedOf } from "../../viewer/state/profit.ts";
import { openOutput } from "../output/report.ts";
import { type AccountToWatch, watchAccount } from "./watch-account.ts";

/** How often a line may be written, in milliseconds. */
const PERIOD_MS = 1_000;

/** The viewer where there is no terminal: a line whenever something has changed, at most one a second, until it is ended. */
export function reportLines(options: AccountToWatch, isJson: boolean): Promise<never> {
  const { timers } = options;
  const write = openOutput();
  const watch = watchAccount(options, () => {});
  let told = "";
  timers.after(PERIOD_MS, report);
  return new Promise(() => {});

  function report(): void {
    timers.after(PERIOD_MS, report);
    const view = watch.look(1);
    // The time alone is no change.
    const { at: _, ...content } = summarize(view);
    const text = JSON.stringify(content);
    if (text === told) return;
    told = text;
    write(isJson ? escapeControls(JSON.stringify(summarize(view))) : toPlainText(describeSummary(view)));
  }
}

/** An account at one moment, as a program reads it; null is what nobody knows. Times are ISO-8601 in UTC. */
function summarize({ state, feed, now }: View) {
  const { lockout } = state;
  return {
    at: toTime(now),
    account_id: state.account,
    source: feed.status.kind === "live" ? "stream" : feed.unreadable === undefined ? "database" : "none",
    newest_entry: toTime(state.newestEntry),
    trading_day: state.day.date,
    realised: state.realised ?? null,
    unrealised: totalUnrealised(state) ?? null,
    total: totalResult(state) ?? null,
    trades: state.tradeCount ?? null,
    positions: [...state.positions.values()].map((position) => ({
      id: position.id,
      contract: position.contract,
      side: position.side ?? null,
      size: position.size,
      average: position.average ?? null,
      price: state.quotes.get(position.contract)?.last ?? null,
      unrealised: unrealisedOf(position, state) ?? null,
    })),
    working_orders: state.orders.size,
    lockout:
      lockout === undefined
        ? null
        : { rule_id: lockout.rule, reason: lockout.reason, locked_until: toTime(lockout.until) },
    daemon: state.daemon?.status ?? null,
  };
}

/** The same in one line for a person who has no terminal. */
function describeSummary({ state, feed, now, zone }: View): string {
  const { lockout } = state;
  return [
    formatClock(now, zone),
    `account ${state.account}`,
    feed.status.kind === "live" ? "live" : describeAge(state.newestEntry, now),
    `realised ${textOf(money(state.realised))}`,
    `unrealised ${textOf(money(totalUnrealised(state)))}`,
    amountOf(state.positions.size, "position"),
    amountOf(state.orders.size, "order"),
    lockout === undefined ? "not locked" : `LOCKED by ${lockout.rule}: ${lockout.reason}`,
  ].join("  ");
}

function describeAge(newestEntry: number | undefined, now: number): string {
  return newestEntry === undefined ? "no stream" : `last known state, ${formatSpan(now - newestEntry)} old`;
}

function toTime(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
