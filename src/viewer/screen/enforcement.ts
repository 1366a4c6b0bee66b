import { listLockouts } from "../state/history.ts";
import type { Lockout } from "../state/wire-data.ts";
import { layOut, listEntries } from "./columns.ts";
import { formatMoment, formatSpan, UNKNOWN } from "./figures.ts";
import type { Line, Span } from "./line.ts";
import type { View } from "./view.ts";

/** Tab 7: what blocks trading now, and what did before. */
export function drawLockouts({ state, now, zone }: View): readonly Line[] {
  const { lockout } = state;
  return [
    ...(lockout === undefined ? [[{ text: "Not locked.", tone: "good" } as const]] : drawCurrent(lockout, now, zone)),
    [],
    ...drawPast(listLockouts(state), zone),
  ];
}

/** How long a lockout still lasts. */
export function describeRemaining({ until }: Lockout, now: number): string {
  return until === undefined ? "until it is cleared" : `${formatSpan(until - now)} left`;
}

function drawCurrent(lockout: Lockout, now: number, zone: string): readonly Line[] {
  return [
    [{ text: "Trading blocked.", tone: "bad" }],
    ...listEntries([
      ["Rule", lockout.rule],
      ["From", drawMoment(lockout.from, zone)],
      ["Until", lockout.until === undefined ? "it is cleared" : drawMoment(lockout.until, zone)],
      ["Remaining", describeRemaining(lockout, now)],
      ["Reason", lockout.reason],
    ]),
  ];
}

function drawPast(lockouts: readonly Lockout[], zone: string): readonly Line[] {
  if (lockouts.length === 0) return [["No lockouts are known."]];
  return layOut(
    ["FROM", "RULE", "REASON"],
    lockouts.map(({ from, rule, reason }) => [drawMoment(from, zone), rule, reason]),
  );
}

function drawMoment(at: number | undefined, zone: string): Span {
  return at === undefined ? UNKNOWN : formatMoment(at, zone);
}

/** Tab 8: what the trading daemon did. */
export function drawEnforcement({ state: { actions, actionCounts }, zone }: View): readonly Line[] {
  const totals = [...actionCounts].map(([kind, number]) => `${number} ${kind}`).join(", ");
  const today: Line = [`On this trading day: ${totals || "nothing"}`];
  if (actions.length === 0) return [today];
  return [
    today,
    [],
    ...layOut(
      ["TIME", "RULE", "ACTION", "DONE", "REASON"],
      actions.map(({ at, rule, kind, success, reason }) => [
        at === undefined ? UNKNOWN : formatMoment(at, zone),
        rule,
        kind,
        drawSuccess(success),
        reason,
      ]),
    ),
  ];
}

function drawSuccess(success: boolean | undefined): Span {
  if (success === undefined) return UNKNOWN;
  return success ? { text: "yes", tone: "good" } : { text: "no", tone: "bad" };
}
