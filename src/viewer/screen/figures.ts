import { formatMoney } from "../state/profit.ts";
import type { Span } from "./line.ts";

/** Shown for what is not known, which is never shown as a zero. */
export const UNKNOWN: Span = { text: "-", tone: "faint" };

/** An amount of money: profit green with its sign, loss red, nothing neutral. */
export function money(amount: number | undefined): Span {
  if (amount === undefined) return UNKNOWN;
  const text = formatMoney(amount);
  if (text === "0.00") return text;
  return { text, tone: amount > 0 ? "good" : "bad" };
}

/** `1 contract`, `2 contracts`. @param noun in the singular. */
export function amountOf(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** A count, or a price as it came: how many digits that has depends on the contract. */
export function figure(number: number | undefined): Span {
  return number === undefined ? UNKNOWN : String(number);
}

/** `2h 5m 9s`; nothing is ever shorter than `0s`. */
export function formatSpan(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  const shown = first === -1 ? parts.slice(-1) : parts.slice(first);
  return shown.map(([amount, unit]) => `${amount}${unit}`).join(" ");
}

/** How long ago, in words that suit a table. */
export function age(at: number | undefined, now: number): Span {
  return at === undefined ? UNKNOWN : formatSpan(now - at);
}

/** `15:04:05` on the clocks of a zone. @param at milliseconds since the epoch. */
export function formatClock(at: number, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(at);
}

/** `2025-11-04 15:04:05` on the clocks of a zone. */
export function formatMoment(at: number, zone: string): string {
  return `${new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(at)} ${formatClock(at, zone)}`;
}
